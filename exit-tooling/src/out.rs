//! The folder of an exit: its plan, its journal, what its steps left, and its record.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What is approved.
pub const PLAN: &str = "plan.json";
/// The saga's journal.
pub const JOURNAL: &str = "exit.db";
/// What law keeps, sealed.
pub const ARCHIVE: &str = "archive.sealed";
/// What was done.
pub const RECORD: &str = "record.json";
/// What the steps did, until the record has it.
pub const STEPS: &str = "steps.json";
/// Whoever runs the exit holds it.
const LOCK: &str = "exit.lock";

/// Writes a file of the folder, durably and at once or not at all; readable by its owner only. Gives its path.
///
/// # Errors
/// What the file system refuses.
pub fn keep(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let (path, part) = (folder.join(name), folder.join(format!("{name}.part")));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, &path)?;
    File::open(folder)?.sync_all()?;
    Ok(path)
}

/// Holds the folder as long as the file is open; nothing if somebody else does.
///
/// # Errors
/// What the file system refuses.
pub fn hold(folder: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(folder.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}
