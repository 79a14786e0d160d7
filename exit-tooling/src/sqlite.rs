//! Cleaning an SQLite file of what was deleted: the log, the free pages, and the log once more.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// Why a file is not clean.
#[derive(Debug, thiserror::Error)]
pub enum Unclean {
    /// SQLite refused; somebody else may have the file open.
    #[error("the file cannot be had alone, or cleaned")]
    Sqlite(#[from] rusqlite::Error),
    /// A reader held the log, which SQLite tells in a row and by no error.
    #[error("a reader holds the write-ahead log: nobody else may have the file open")]
    Busy,
    /// Pages are left that are in no table.
    #[error("{0} free pages are left")]
    FreePages(i64),
}

/// Cleans a file that nobody else has open.
///
/// # Errors
/// [`Unclean`]; run it again when nobody has the file open.
pub fn clean(file: &Path) -> Result<(), Unclean> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags)?;
    // Who has the file open now keeps it: there is nothing to wait for.
    conn.busy_timeout(Duration::ZERO)?;
    // In this mode the first access takes the file for itself, and fails where anybody else is connected.
    conn.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA secure_delete = ON; BEGIN IMMEDIATE; COMMIT",
    )?;
    truncate(&conn)?;
    // Writes the whole file anew, through the log.
    conn.execute_batch("VACUUM")?;
    truncate(&conn)?;
    match conn.query_row("PRAGMA freelist_count", [], |row| row.get(0))? {
        0 => Ok(()),
        left => Err(Unclean::FreePages(left)),
    }
}

fn truncate(conn: &Connection) -> Result<(), Unclean> {
    match conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))? {
        0 => Ok(()),
        _ => Err(Unclean::Busy),
    }
}
