//! The peers of `cargo xtask bench`, one small binary each: `peer-sqlx` commits rows, `peer-axum` answers
//! bytes, `peer-postgres` runs a throw-away server for pgbench and for the service; `loan-book` is no peer but
//! fills a database with loans for the end-of-day bench and counts what that posted.
//!
//! They know nothing of the service's crates, so that what is compared shares no code; `ready` and `sqlite`
//! are what several of them have in common.

pub mod ready;
pub mod sqlite;
