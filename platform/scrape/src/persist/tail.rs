//! The way to the thread that writes.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use super::log::Logged;
use super::writer::Writer;
use super::{OpenError, load};
use crate::store::Shared;

/// Batches that may wait: those of twenty targets of 5 s for a minute, about 1.5 MB. A disk that stands still
/// for longer costs the tail what comes then, and nobody any time.
const QUEUE: usize = 256;

/// Dropped, it waits until all that was handed over is on the disk.
pub(crate) struct Tail {
    batches: Option<SyncSender<Vec<Logged>>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

impl Tail {
    /// Loads the folder into the store, then begins to write.
    pub(crate) fn open(folder: &Path, shared: &Arc<Shared>) -> Result<Self, OpenError> {
        let broken = |source| OpenError::Io {
            path: folder.to_owned(),
            source,
        };
        // Names of hosts and firms' products may be among the labels.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(broken)?;
        let lock = File::create(folder.join("lock")).map_err(broken)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(OpenError::Taken(folder.to_owned())),
            Err(fs::TryLockError::Error(error)) => return Err(broken(error)),
        }
        let next = load::load(folder, shared).map_err(broken)?;
        let (batches, queue) = sync_channel(QUEUE);
        let mut writer = Writer::new(folder, next, shared);
        let thread = thread::Builder::new()
            .name("samples-tail".to_owned())
            // A thread of few frames; the default would be 2 MB.
            .stack_size(256 << 10)
            .spawn(move || {
                writer.run(&queue);
                drop(lock);
            })
            .map_err(broken)?;
        Ok(Self {
            batches: Some(batches),
            thread: Some(thread),
            shared: Arc::clone(shared),
        })
    }

    /// Hands over a batch; does not wait.
    pub(crate) fn write(&self, batch: Vec<Logged>) {
        let Some(batches) = &self.batches else { return };
        if let Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) = batches.try_send(batch) {
            self.shared
                .counters
                .tail_lost
                .fetch_add(batch.len() as u64, Relaxed);
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            // It ends by itself once the queue is empty; one that panicked has nothing to wait for.
            let _ended = thread.join();
        }
    }
}
