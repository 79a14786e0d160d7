//! The intake gate: while it is closed, no new business commits, by any path.
//!
//! [`gated`] lists what the bank becomes bound by, and what was decided not to
//! be; [`migration`] turns the list into triggers on both databases. [`state`]
//! and [`status()`] say how the gate stands. [`close()`], [`ask_in`] and [`reopen_in`]
//! move it: `publish` and `seal` are the two steps of closing, `holders` ends the
//! transactions that would not. [`history()`] tells of every move, [`impact()`] of what
//! a closing touches. [`Door`] is the cached hint that sheds load
//! early. [`triggers`] checks that the guard is still in place, [`keys`]
//! registers the advisory locks, `failpoint` plants a fault for drills.
//!
//! # Why a late commit cannot happen
//! On PostgreSQL every gated statement takes a *shared* advisory lock, which it
//! keeps until its transaction ends, and then reads the state in a new statement,
//! so with a snapshot taken after the lock. The closer takes the *exclusive* lock,
//! so it gets it only once every transaction that read `open` has ended and is
//! visible; whoever comes while it waits is refused, whoever comes later reads
//! `closed`. On SQLite there is one writer at
//! a time, so the closer's commit is itself the line.
//!
//! **Invariant.** The guard is in the database and reads the row. Nothing in
//! this crate lets business in because of something that it remembers.

mod close;
mod door;
mod error;
#[cfg(feature = "chaos")]
pub mod failpoint;
pub mod gated;
mod history;
mod holders;
mod impact;
pub mod keys;
mod migration;
mod order;
mod publish;
mod reopen;
mod seal;
pub mod state;
pub mod status;
pub mod triggers;

pub use close::{Closed, close};
pub use door::{Door, Hint};
pub use error::GateError;
pub use gated::{Event, GATED, Gated, NOT_GATED, NotGated, Spared};
pub use history::{Moved, history};
pub use holders::Terminated;
pub use impact::{Fate, Group, Item, impact};
pub use migration::migration;
pub use order::Order;
pub use reopen::{Agreed, ask_in, deny_in, reopen_in};
pub use state::{State, Status};
pub use status::status;

/// The one scope of this stage: all new business.
pub const EVERYTHING: &str = "everything";
