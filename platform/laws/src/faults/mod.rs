//! Law 8: every injected fault ends.
//!
//! [`told`] reads what somebody beside the fault saw of it, [`check`] holds that against when it was owed to end. What
//! the tool that injects, or its undo records, say of themselves counts for nothing, but a record that is left counts
//! against it.

pub mod check;
pub mod told;

pub use check::every_fault_ends;
pub use told::{TellError, Told, Word, append, read};
