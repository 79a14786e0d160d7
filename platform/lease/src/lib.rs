//! Every injected fault ends, on time, even if the tool that injected it is killed.
//!
//! A tool opens a [`Folder`] and [`Folder::hold`]s a fault in it: a [`Record`] that says how the fault is undone is
//! on disk, file and folder synced, before the tool may inject anything. [`Lease::end`] undoes it. If the tool dies or
//! overruns its time, a [`Keeper`] in another process does, or [`recover`] later. To undo is idempotent (one file a
//! kind in `undo`), and a record goes only after what it undoes was looked at again. Whom a signal reaches is
//! told by a [`Process`]: pid, start time and boot, never a name.
//!
//! **Invariant**: a record that cannot be read is reported and stays; nothing is skipped in silence.

mod beat;
mod entry;
mod error;
mod folder;
mod held;
mod http;
mod keeper;
mod process;
mod record;
mod recover;
mod undo;

pub use entry::Entry;
pub use error::Error;
pub use folder::Folder;
pub use held::{Held, Lease};
pub use http::{Answer, ask, segment};
pub use keeper::Keeper;
pub use process::{Handle, Process, Signal};
pub use record::{Record, Terms};
pub use recover::{Report, Told, Which, recover};
pub use undo::{Done, Program, Undo};
