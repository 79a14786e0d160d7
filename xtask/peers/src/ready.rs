//! How a peer that serves tells its parent where, and learns that it may end.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// Writes `text` so that a reader sees either no file or the whole text.
///
/// # Errors
/// When the folder cannot be written.
pub fn announce(file: &Path, text: &str) -> io::Result<()> {
    let beside = file.with_extension("part");
    fs::write(&beside, text)?;
    fs::rename(beside, file)
}

/// Completes when standard input ends: when the parent says so, and also when the parent dies. On a thread of
/// its own, since a runtime would wait for a blocking read before it ends.
pub async fn parent_left() {
    let (left, wait) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        drop(io::stdin().read_to_end(&mut Vec::new()));
        // Nobody waits any more when the server has ended by itself.
        let _ended = left.send(());
    });
    drop(wait.await);
}
