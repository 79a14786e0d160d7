//! One transaction type over SQLite and PostgreSQL; knows no table.
//!
//! [`Db`] is the handle, [`Tx`] what a job gets, [`V`] a parameter, [`Row`] an
//! answer, [`DbError`] all that can go wrong. `sqlite` holds the writer thread with
//! its group commit and the readers, `postgres` the pools; neither is public.
//! [`migrate()`] brings a schema up to date, [`durability()`] asks whether an
//! acknowledged commit would survive, [`failpoint`] plants the bugs that prove the
//! checks can fail.

mod address;
mod control;
mod dialects;
mod durability;
mod error;
pub mod failpoint;
mod handle;
mod migrate;
mod options;
mod postgres;
mod raised;
mod row;
mod sqlite;
mod tx;
mod value;

pub use durability::{Finding, durability};
pub use error::{ConstraintKind, DbError};
pub use handle::{Db, Dialect, Job};
pub use migrate::{Migration, migrate};
pub use options::Options;
pub use row::Row;
pub use tx::Tx;
pub use value::V;
