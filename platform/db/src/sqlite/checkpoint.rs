//! Moving the log back into the database file, where its errors can be seen.
//!
//! SQLite's own automatic checkpoint ignores a failed fsync and tries again at the
//! next commit, which may then drop from the log what never reached the disk.

use super::backfill::Backfill;
use super::errors;
use super::queue::Queue;
use crate::DbError;
use rusqlite::Connection;
use std::cell::Cell;
use std::sync::Arc;

/// The log before a checkpoint: 64 MB, about a second of full load, so that
/// hot pages are written back once instead of many times; 16 MB cost an application
/// a sixth more CPU. Reading such a log at the next start takes a tenth of a second.
const BYTES: i32 = 64 * 1024 * 1024;

/// How much more before the next try when a reader held the log's end.
const AGAIN: i32 = 16 * 1024 * 1024;

/// The log while a checkpoint beside does not keep up: then the writer waits for it.
const MOST: i32 = 4 * BYTES;

thread_local! {
    /// Pages in the log after the last commit on this thread; the hook that SQLite
    /// calls is a bare function, and a writer has its thread to itself.
    static LOG: Cell<i32> = const { Cell::new(0) };
    /// Whether a commit on this thread has added to the log.
    static WROTE: Cell<bool> = const { Cell::new(false) };
}

/// Whether a commit on this thread has added to the log since this was asked last.
pub(crate) fn wrote() -> bool {
    WROTE.replace(false)
}

pub(crate) struct Checkpoints {
    /// Bytes of a page.
    page: i32,
    /// Pages of the log at the next checkpoint.
    due: i32,
    beside: Backfill,
    under_way: bool,
}

impl Checkpoints {
    /// Replaces the automatic checkpoint of the connection; `other` is one to move pages on.
    ///
    /// # Errors
    /// If the file cannot be asked for the size of its pages, or no thread can be started.
    pub(crate) fn install(conn: &Connection, other: Connection, queue: Arc<Queue>) -> Result<Self, DbError> {
        let page: i32 = conn
            .query_row("PRAGMA page_size", [], |row| row.get(0))
            .map_err(|error| errors::unavailable("asking for the size of pages", &error))?;
        LOG.set(0);
        conn.wal_hook(Some(|_, pages| {
            LOG.set(pages);
            WROTE.set(true);
            Ok(())
        }));
        let page = page.max(1);
        let beside = Backfill::start(other, page, queue).map_err(|error| {
            DbError::Unavailable(format!("starting the thread that moves pages: {error}"))
        })?;
        Ok(Self {
            page,
            due: BYTES / page,
            beside,
            under_way: false,
        })
    }

    /// Checkpoints if the log has grown enough; readers are never waited for.
    ///
    /// # Errors
    /// If reading, writing or syncing failed: the writer must stop.
    pub(crate) fn after_commit(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let pages = LOG.get();
        self.beside.log_has(pages);
        if self.under_way {
            let ended = match pages < MOST / self.page {
                true => self.beside.ended(),
                false => Some(self.beside.end()),
            };
            let Some(ended) = ended else { return Ok(()) };
            self.under_way = false;
            ended?;
            conn.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?
                .query_row([], |_| Ok(()))?;
            self.due = pages + AGAIN / self.page;
            return Ok(());
        }
        if pages < self.due {
            // A log that was started again is due as at the beginning.
            let first = BYTES / self.page;
            if pages < first {
                self.due = first;
            }
            return Ok(());
        }
        self.beside.begin();
        self.under_way = true;
        Ok(())
    }

    /// Waits for what is under way, and ends the thread.
    ///
    /// # Errors
    /// If a checkpoint failed: then the connection must not be closed, which would try again.
    pub(crate) fn close(self) -> rusqlite::Result<()> {
        let ended = if self.under_way { self.beside.end() } else { Ok(()) };
        self.beside.close();
        ended
    }
}
