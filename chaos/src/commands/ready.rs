//! The file that tells a supervisor the bound address.

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Removes its file when the process ends in order.
#[derive(Debug)]
pub(super) struct ReadyFile(PathBuf);

/// Whoever sees the file sees all of it.
pub(super) fn write(path: &Path, address: SocketAddr) -> io::Result<ReadyFile> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".tmp");
    let mut file = fs::File::create(&draft)?;
    writeln!(file, "{address}")?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    Ok(ReadyFile(path.to_owned()))
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        // Somebody may have removed it before.
        drop(fs::remove_file(&self.0));
    }
}
