//! Keeps one plane's evidence log while a process serves: runs its sequencer, sends its checkpoints to
//! each [`Receiver`], and shows in metrics what waits and when it alarms.
//!
//! **Invariant**: receivers get a log's name, a size, a hash and a signature, nothing else.

mod anchors;
mod keeper;
mod meters;
mod receiver;

pub use keeper::{EvidenceLog, Keeper};
pub use receiver::{Receiver, ReceiverError};
