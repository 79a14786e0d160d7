//! The file that tells a supervisor the bound address, once the service is ready.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Removes its file when the process ends in order.
#[derive(Debug)]
pub struct ReadyFile(PathBuf);

/// Writes the address atomically: who sees the file sees all of it.
///
/// # Errors
/// When the file can't be written or renamed.
pub fn write(path: &Path, address: SocketAddr) -> io::Result<ReadyFile> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".tmp");
    let draft = PathBuf::from(draft);
    let mut file = fs::File::create(&draft)?;
    writeln!(file, "{address}")?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    Ok(ReadyFile(path.to_owned()))
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::debug!(%error, "the ready file is gone already");
        }
    }
}
