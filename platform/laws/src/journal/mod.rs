//! The client's journal: what the clients of a service saw, one JSON object per
//! line, written by the load generator and read by the audit.
//!
//! [`record`] is the format, [`mod@write`] the appending writer, [`read`] the strict
//! reader. The journal holds no customer data: a body is there as the digest
//! that the service also stores with the row it wrote, salted by the request's
//! random key.

mod fields;
pub mod read;
pub mod record;
pub mod write;

pub use read::{Journal, JournalError};
pub use record::{Kind, Mark, Outcome, Record};
pub use write::{Writer, append_mark};
