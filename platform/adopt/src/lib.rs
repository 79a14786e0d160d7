//! The same intake gate on a PostgreSQL schema that is not ours.
//!
//! A [`Description`] says of every insert and every transition of that schema whether it binds the bank. [`draft()`]
//! writes one from the [`live`] schema, undecided; [`Description::parse`] reads it back. [`triggers`] is what a
//! description asks for, made by `gate` itself; `standing` is what the database has of it, [`check()`] the difference,
//! with everything that nobody decided. [`plan`] is the SQL that makes the difference good, [`apply()`] and
//! [`remove()`] run it. [`prove()`] closes and reopens under load and counts what commits late.
//!
//! The gate's tables, history and evidence stand in a schema of their own, [`SCHEMA`], so that the code that closes
//! works as it is with that search path ([`address`]). On their tables stand triggers and nothing else.
//!
//! **Invariant.** Nothing here waits in a queue in front of their traffic for longer than it was allowed to, and
//! nothing that is shut is opened by installing or removing.

mod address;
mod apply;
mod check;
mod copy;
mod description;
mod draft;
mod error;
mod holders;
pub mod live;
mod load;
mod migrations;
pub mod plan;
mod prove;
mod quote;
mod rehearsed;
mod remove;
mod reopen;
mod standing;
mod stated;
mod statement;
pub mod triggers;
mod undecided;

pub use address::address;
pub use apply::{Applied, Meant, apply, preview};
pub use check::{Checked, Finding, check};
pub use description::{Bound, Change, Description, Spared};
pub use draft::draft;
pub use error::AdoptError;
pub use holders::Holder;
pub use prove::{Proof, Proved, prove};
pub use remove::{Removal, preview_removal, remove};
pub use reopen::{Proposed, Reopened, agree, propose};

/// The schema in their database that holds the gate's own tables and functions.
pub const SCHEMA: &str = "backstop";
