//! Moving the log back into the database file, beside the writer.
//!
//! A checkpoint of 64 MB takes a tenth of a second, most of it waiting for the disk. On a connection and a
//! thread of its own nobody waits for it. It can't end it, though: the log begins anew only when all of it
//! is in the file, and the writer goes on adding; so the writer itself does the small rest.

use super::queue::Queue;
use crate::DbError;
use rusqlite::Connection;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

/// So little is left to the writer: 2 MB take it some milliseconds.
const REST: i32 = 2 * 1024 * 1024;

/// Each pass leaves what was added during it, so a third one is about as short as can be.
const PASSES: u32 = 3;

pub(crate) struct Backfill {
    ask: Sender<()>,
    told: Receiver<rusqlite::Result<()>>,
    /// Pages in the log, as the writer knows them.
    log: Arc<AtomicI32>,
    thread: JoinHandle<()>,
}

impl Backfill {
    /// Over a connection that nobody else uses; `page` in bytes. A failure closes the queue, so that it
    /// is told even if nobody writes any more.
    pub(crate) fn start(conn: Connection, page: i32, queue: Arc<Queue>) -> io::Result<Self> {
        let (ask, asked) = channel::<()>();
        let (tell, told) = channel();
        let log = Arc::new(AtomicI32::new(0));
        let pages = Arc::clone(&log);
        let thread = std::thread::Builder::new()
            .name("sqlite-backfill".to_owned())
            .spawn(move || {
                while asked.recv().is_ok() {
                    let outcome = passes(&conn, &pages, REST / page);
                    let failed = outcome.is_err();
                    let nobody = tell.send(outcome).is_err();
                    if failed {
                        queue.close(DbError::Unavailable("the checkpoint failed".to_owned()));
                    }
                    if failed || nobody {
                        break;
                    }
                }
                // Not the last connection, so that closing it moves nothing.
            })?;
        Ok(Self {
            ask,
            told,
            log,
            thread,
        })
    }

    /// The log has so many pages now.
    pub(crate) fn log_has(&self, pages: i32) {
        self.log.store(pages, Ordering::Relaxed);
    }

    /// Begins; nobody may ask again before it has told.
    pub(crate) fn begin(&self) {
        // A thread that has ended is found by `ended`.
        let _ = self.ask.send(());
    }

    /// How it went, once it is over.
    pub(crate) fn ended(&self) -> Option<rusqlite::Result<()>> {
        match self.told.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(gone())),
        }
    }

    /// The same, waiting for it.
    pub(crate) fn end(&self) -> rusqlite::Result<()> {
        self.told.recv().unwrap_or_else(|_| Err(gone()))
    }

    /// Ends the thread and closes its connection.
    pub(crate) fn close(self) {
        drop(self.ask);
        drop(self.thread.join());
    }
}

/// Until little is left, at most [`PASSES`] times. SQLite syncs the database file only in a pass during which nobody
/// committed; what was not synced then is synced in the writer's rest.
fn passes(conn: &Connection, log: &AtomicI32, rest: i32) -> rusqlite::Result<()> {
    for _ in 0..PASSES {
        let moved: i32 = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(2))?;
        if log.load(Ordering::Relaxed) - moved <= rest {
            break;
        }
    }
    Ok(())
}

fn gone() -> rusqlite::Error {
    rusqlite::Error::InvalidQuery
}
