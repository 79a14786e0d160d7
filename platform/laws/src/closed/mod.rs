//! Law 2: closed means closed.
//!
//! `snapshot` is what binds the bank at one moment, `window` the time
//! between a close and its reopen, `late` the checker.

mod late;
mod snapshot;
mod window;

pub use late::{Enough, closed_means_closed};
pub use snapshot::{Snapshot, SnapshotError};
pub use window::{Point, Window, save, windows};
