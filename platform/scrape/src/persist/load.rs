//! Reads a folder into an empty store.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use promql::Labels;

use super::frame::{self, Next};
use super::log::Reader;
use super::{names, snapshot};
use crate::store::{Batch, Shared};

/// The newest snapshot, and the logs since. Gives the number that the next log may have.
pub(super) fn load(folder: &Path, shared: &Shared) -> io::Result<u64> {
    let snapshots = names::numbers(folder, "snapshot-")?;
    let since = snapshots.last().copied().unwrap_or(0);
    if !snapshots.is_empty() {
        file(&names::snapshot(folder, since), shared, |content| {
            restore(content, shared)
        });
    }
    let logs = names::numbers(folder, "log-")?;
    for number in logs.iter().filter(|number| **number >= since) {
        let mut reader = Reader::default();
        file(&names::log(folder, *number), shared, |content| {
            let mut batch = Batch::new(shared, None);
            let name = |labels: &Labels, every| shared.named(labels, every);
            reader.read(content, name, |series, sample| {
                // What the snapshot had already is the same, or is too late.
                let _known = series.as_ref().map(|series| batch.add_to(series, sample));
            })
        });
    }
    shared.counters.begin();
    Ok(logs.last().copied().unwrap_or(0).max(since) + 1)
}

/// Every record of a file, up to the first that is none. What is behind it is lost, and said to be.
fn file(path: &Path, shared: &Shared, each: impl FnMut(&[u8]) -> Option<()>) {
    let error = match records(path, each) {
        Ok(true) => return,
        Ok(false) => None,
        Err(error) => Some(error),
    };
    shared.counters.unreadable.fetch_add(1, Relaxed);
    tracing::warn!(
        path = %path.display(),
        error = error.map(tracing::field::display),
        "a file of the tail of samples is torn; what stood behind the tear is lost"
    );
}

/// Whether the file ends where a record does.
fn records(path: &Path, mut each: impl FnMut(&[u8]) -> Option<()>) -> io::Result<bool> {
    let mut file = BufReader::with_capacity(64 << 10, File::open(path)?);
    if !frame::is_ours(&mut file)? {
        return Ok(false);
    }
    let mut content = Vec::new();
    loop {
        match frame::next(&mut file, &mut content)? {
            Next::Record if each(&content).is_some() => {}
            Next::Record | Next::Torn => return Ok(false),
            Next::End => return Ok(true),
        }
    }
}

fn restore(content: &[u8], shared: &Shared) -> Option<()> {
    let saved = snapshot::read(content)?;
    shared.restore(&saved.labels, saved.every, saved.raw, saved.coarse);
    Some(())
}
