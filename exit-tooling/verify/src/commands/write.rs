//! Writes files so that they are there or not, never half.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};

/// Replaces a file by these bytes.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = Path::new(&beside);
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o644)
            .open(beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(beside, path)
    };
    write().with_context(|| format!("failed to write {}", path.display()))
}

/// Reads a file of at most so many bytes.
pub(crate) fn read(path: &Path, most: usize) -> Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(most as u64 + 1).read_to_end(&mut bytes));
    read.with_context(|| format!("failed to read {}", path.display()))?;
    anyhow::ensure!(
        bytes.len() <= most,
        "{} is longer than {most} bytes",
        path.display()
    );
    Ok(bytes)
}
