//! The appending writer: many tasks hand in records, one thread writes.
//!
//! Every `write` call carries whole lines to a file opened for appending, so
//! that another process may put its marks into the same journal.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::read::{Journal, JournalError};
use super::record::{Mark, Record};

/// Records that may wait for the writer thread. A record takes about 400 bytes,
/// so this holds 26 MB at most; at 10,000 outcomes a second the disk may stall
/// for six seconds before a task has to wait.
const WAITING: usize = 65_536;

/// Bytes gathered for one `write` call: large enough that the calls cost
/// nothing, small enough that little is lost when the generator is killed.
const CHUNK: usize = 256 * 1024;

enum Order {
    Record(Box<Record>),
    Mark(Mark),
    Sync(SyncSender<io::Result<()>>),
}

/// Appends to a journal. Cheap to clone; all clones share one thread and one numbering.
#[derive(Clone, Debug)]
pub struct Writer {
    orders: SyncSender<Order>,
    path: PathBuf,
}

impl Writer {
    /// Opens or creates a journal and goes on with its numbering.
    ///
    /// # Errors
    /// When the file can't be opened or what it holds is not a journal.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let opened = |source| JournalError::Io {
            path: path.to_owned(),
            source,
        };
        let seq = if path.exists() {
            Journal::read(path)?.records.last().map_or(0, |last| last.seq)
        } else {
            0
        };
        let file = appending(path).map_err(opened)?;
        let (orders, inbox) = sync_channel(WAITING);
        thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || run(&file, &inbox, seq))
            .map_err(opened)?;
        Ok(Self {
            orders,
            path: path.to_owned(),
        })
    }

    /// Hands in a record; its `seq` is set by the writer. Waits only when the
    /// disk is seconds behind.
    ///
    /// # Errors
    /// When the writer has stopped because the disk refused an earlier record.
    pub fn record(&self, record: Record) -> Result<(), JournalError> {
        self.send(Order::Record(Box::new(record)))
    }

    /// Hands in a mark.
    ///
    /// # Errors
    /// As [`Writer::record`].
    pub fn mark(&self, mark: Mark) -> Result<(), JournalError> {
        self.send(Order::Mark(mark))
    }

    /// Waits until all that was handed in before is on the disk (fsync). Blocks
    /// the thread: an async caller runs it at its end or on a blocking thread.
    ///
    /// # Errors
    /// When a write or the fsync failed. It is not repeated: after a failed
    /// fsync the kernel may have dropped the pages.
    pub fn flush_and_sync(&self) -> Result<(), JournalError> {
        let (answer, done) = sync_channel(1);
        self.send(Order::Sync(answer))?;
        done.recv()
            .map_err(|_| self.stopped())?
            .map_err(|source| JournalError::Io {
                path: self.path.clone(),
                source,
            })
    }

    fn send(&self, order: Order) -> Result<(), JournalError> {
        self.orders.send(order).map_err(|_| self.stopped())
    }

    fn stopped(&self) -> JournalError {
        JournalError::Stopped {
            path: self.path.clone(),
        }
    }
}

/// Appends one mark from a process that is not the journal's writer, and syncs it.
///
/// # Errors
/// When the file can't be opened or written.
pub fn append_mark(path: &Path, mark: &Mark) -> Result<(), JournalError> {
    let append = || {
        let mut line = serde_json::to_vec(mark)?;
        line.push(b'\n');
        let mut file = appending(path)?;
        file.write_all(&line)?;
        file.sync_data()
    };
    append().map_err(|source| JournalError::Io {
        path: path.to_owned(),
        source,
    })
}

fn appending(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// The thread: gathers what waits, writes it in one call, syncs when asked. It
/// ends when every writer is gone or when the disk refuses; the senders then
/// see a closed channel.
fn run(mut file: &File, inbox: &Receiver<Order>, mut seq: u64) {
    let mut lines = Vec::with_capacity(CHUNK);
    while let Ok(first) = inbox.recv() {
        let mut next = Some(first);
        let mut sync = None;
        while let Some(order) = next {
            let appended = match order {
                Order::Record(mut record) => {
                    seq += 1;
                    record.seq = seq;
                    append_line(&mut lines, &record)
                }
                Order::Mark(mark) => append_line(&mut lines, &mark),
                Order::Sync(answer) => {
                    sync = Some(answer);
                    break;
                }
            };
            if appended.is_err() || lines.len() >= CHUNK {
                break;
            }
            next = inbox.try_recv().ok();
        }
        let mut written = file.write_all(&lines);
        lines.clear();
        if written.is_ok() && sync.is_some() {
            written = file.sync_data();
        }
        let failed = written.is_err();
        if let Some(answer) = sync {
            // The asker may have given up waiting; then nobody needs the answer.
            drop(answer.send(written));
        }
        if failed {
            return;
        }
    }
}

fn append_line<T: serde::Serialize>(lines: &mut Vec<u8>, line: &T) -> io::Result<()> {
    serde_json::to_writer(&mut *lines, line)?;
    lines.push(b'\n');
    Ok(())
}
