//! Whether a keeper looks after a folder: it holds a lock, which ends with its life, and touches the file at each look,
//! which ends when it is stopped or hangs.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use base::clock::Clock;

/// The file's name.
const NAME: &str = "keeper";
/// A keeper that has not looked for so long is none: faults have to end within 2 s.
const STALE: i64 = 1_500_000;

/// The only keeper of a folder, as long as it lives.
#[derive(Debug)]
pub(crate) struct Beat(File);

impl Beat {
    /// Becomes the folder's keeper; none while another one is.
    pub(crate) fn begin(folder: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(folder.join(NAME))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Says that it has looked.
    pub(crate) fn looked(&self, clock: &Clock) -> io::Result<()> {
        let now = Duration::from_micros(clock.now_micros().unsigned_abs());
        self.0.set_modified(UNIX_EPOCH + now)
    }
}

/// Whether a keeper lives and looks.
pub(crate) fn is_kept(folder: &Path, clock: &Clock) -> bool {
    let Ok(file) = File::open(folder.join(NAME)) else {
        return false;
    };
    // Whoever gets the lock is alone.
    if !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
        return false;
    }
    let looked = file.metadata().and_then(|about| about.modified());
    let looked = looked
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_micros()).ok());
    looked.is_some_and(|at| clock.now_micros().saturating_sub(at).abs() < STALE)
}
