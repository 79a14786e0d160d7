//! The intake gate: while it is closed, no new business commits, by any path.
//!
//! [`gated`] lists what the bank becomes bound by, and what was decided not to be; `place` says how each row leads
//! to its [`Scope`], `guard` writes the SQL of one trigger, [`migration`] turns the list into triggers on both
//! databases, [`triggers`] checks that they are still in place. [`foreign`] writes the same for a schema of other
//! names. [`state`] and [`mod@status`] say how the gate stands.
//! [`close()`], [`ask_in`] and [`reopen_in`] move it: `row` is what they write; `publish` and `seal` are the two
//! steps of closing, `drain` waits in between for what is in flight, `holders` ends what would not. [`history()`]
//! tells of every move, [`impact()`] of what a closing touches. [`Door`] is the cached hint that sheds load early.
//! [`distrust`] marks a database that lost later changes, [`believe_in`] ends that. [`doubts`] are those that were
//! ended and in which money may have moved. `closer` makes the credential that is sealed for break-glass, [`keys`]
//! registers the advisory locks, `failpoint` plants a fault for drills.
//!
//! # Why a late commit cannot happen
//! On PostgreSQL every gated statement takes a *shared* advisory lock of its act, which it keeps until its
//! transaction ends, and then reads what the gate is now: its `flag`, and where that is up, the gate itself in a new
//! statement, so with a snapshot taken after the lock. The closer commits `closing`, and only then lists who holds the locks of its acts: whoever is not on the list takes the lock
//! later, and reads `closing`. It writes `closed` once everybody on the list has ended, which is when they can be
//! seen. (As `CREATE INDEX CONCURRENTLY` waits for those who may not know of the index.) Nobody takes the lock
//! exclusively, so that new business of other scopes goes on meanwhile. On SQLite there is one writer at a time, so
//! the closer's commit is itself the line.
//!
//! **Invariant.** The guard is in the database and reads the row. Nothing in
//! this crate lets business in because of something that it remembers.

mod close;
mod closer;
mod door;
pub mod doubts;
mod drain;
mod error;
#[cfg(feature = "chaos")]
pub mod failpoint;
mod flag;
pub mod foreign;
pub mod gated;
mod guard;
mod history;
mod holders;
mod impact;
pub mod keys;
mod migration;
mod order;
mod place;
mod publish;
mod reopen;
mod row;
mod scope;
mod seal;
pub mod state;
pub mod status;
pub mod triggers;
mod unverified;

pub use close::{Closed, close};
pub use closer::{CLOSER, Sealed, seal_credential, sealed_credential};
pub use door::{Door, Hint};
pub use error::GateError;
pub use gated::{Event, GATED, Gated, NOT_GATED, NotGated, Spared};
pub use history::{Moved, closings_by, history, moves_after};
pub use holders::Terminated;
pub use impact::{Fate, Group, Item, impact};
pub use migration::migration;
pub use order::{Closing, Order, is_clause};
pub use reopen::{Agreed, ask_in, deny_in, reopen_in};
pub use scope::{Act, NotAScope, Scope};
pub use state::{State, Status, UNVERIFIED};
pub use status::{scopes, strictest};
pub use unverified::{RECOVERY, believe_in, distrust};
