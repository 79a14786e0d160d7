//! Moving the log back into the database file, where its errors can be seen.
//!
//! SQLite's own automatic checkpoint ignores a failed fsync and tries again at the
//! next commit, which may then drop from the log what never reached the disk.

use rusqlite::Connection;
use std::cell::Cell;

/// The log before a checkpoint: 64 MB, about a second of full load, so that
/// hot pages are written back once instead of many times; 16 MB cost an application
/// a sixth more CPU. Reading such a log at the next start takes a tenth of a second.
const BYTES: i32 = 64 * 1024 * 1024;

/// How much more before the next try when a reader held the log's end.
const AGAIN: i32 = 16 * 1024 * 1024;

thread_local! {
    /// Pages in the log after the last commit on this thread; the hook that SQLite
    /// calls is a bare function, and a writer has its thread to itself.
    static LOG: Cell<i32> = const { Cell::new(0) };
}

pub(crate) struct Checkpoints {
    /// Bytes of a page.
    page: i32,
    /// Pages of the log at the next checkpoint.
    due: i32,
}

impl Checkpoints {
    /// Replaces the automatic checkpoint of the connection.
    ///
    /// # Errors
    /// If the file cannot be asked for the size of its pages.
    pub(crate) fn install(conn: &Connection) -> rusqlite::Result<Self> {
        let page: i32 = conn.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        LOG.set(0);
        conn.wal_hook(Some(|_, pages| {
            LOG.set(pages);
            Ok(())
        }));
        let page = page.max(1);
        Ok(Self {
            page,
            due: BYTES / page,
        })
    }

    /// Checkpoints if the log has grown enough; readers are never waited for.
    ///
    /// # Errors
    /// If reading, writing or syncing failed: the writer must stop.
    pub(crate) fn after_commit(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let pages = LOG.get();
        if pages < self.due {
            // A log that was started again is due as at the beginning.
            let first = BYTES / self.page;
            if pages < first {
                self.due = first;
            }
            return Ok(());
        }
        conn.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?
            .query_row([], |_| Ok(()))?;
        self.due = pages + AGAIN / self.page;
        Ok(())
    }
}
