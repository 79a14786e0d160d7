//! Law 2: closed means closed.
//!
//! `scope` is which new business a closing is about, `snapshot` what binds the bank at one moment, `window` the time
//! between a close and its reopen, `told` what the database tells of closings, `late` the checker.

mod late;
mod scope;
mod snapshot;
mod told;
mod window;

pub use late::{Enough, closed_means_closed};
pub use scope::{Act, NotAScope, Scope};
pub use snapshot::Snapshot;
pub use told::{Told, closings};
pub use window::{Point, SnapshotError, Window, save, windows};
