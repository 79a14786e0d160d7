//! The recovery journal: what must outlive a restore of the database, kept outside of it.
//!
//! [`Fact`] is one line: a move of the gate, a consent that was revoked, a draw whose instruction left. [`Journal`] is
//! the file that grows by them, `group` one sync for all who wait, `reader` reads it; `tail` follows the database and
//! [`Keeper`] does so while a service runs. [`Comparison`] tells what a database lacks of a journal's facts: it is then
//! an earlier state of itself, restored from a backup or promoted without its last transactions.
//!
//! **Invariants.** A line holds ids, scopes and times: nothing of a customer, no amount, no free text. A fact
//! is written only after its transaction has committed, so a database that lacks one has lost it.

mod compare;
mod fact;
mod group;
mod journal;
mod keeper;
mod reader;
mod tail;

pub use compare::{Behind, Comparison, Epochs, Lost};
pub use fact::{Fact, Move, Revoked, Sent};
pub use journal::{Journal, Opening};
pub use keeper::{Keeper, RecoveryError};
pub use reader::{JournalError, Reader};
