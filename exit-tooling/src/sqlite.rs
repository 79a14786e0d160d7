//! Cleaning an SQLite file of what was deleted: the log, the free pages, and the log once more.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// Why a file is not clean.
#[derive(Debug, thiserror::Error)]
pub enum Unclean {
    /// SQLite refused.
    #[error("the file cannot be cleaned")]
    Sqlite(#[source] rusqlite::Error),
    /// Somebody is connected; of a reader that holds the log SQLite tells in a row and by no error.
    #[error("somebody is connected: nobody else may have the file open")]
    Busy,
    /// Pages are left that are in no table.
    #[error("{0} free pages are left")]
    FreePages(i64),
}

impl From<rusqlite::Error> for Unclean {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Sqlite(error),
        }
    }
}

/// Cleans a file that nobody else has open.
///
/// # Errors
/// [`Unclean`]; run it again when nobody has the file open.
pub fn clean(file: &Path) -> Result<(), Unclean> {
    let conn = exclusive(file)?;
    conn.execute_batch("PRAGMA secure_delete = ON")?;
    truncate(&conn)?;
    // Writes the whole file anew, through the log.
    conn.execute_batch("VACUUM")?;
    truncate(&conn)?;
    match conn.query_row("PRAGMA freelist_count", [], |row| row.get(0))? {
        0 => Ok(()),
        left => Err(Unclean::FreePages(left)),
    }
}

/// A connection that has the file for itself, or an error.
fn exclusive(file: &Path) -> Result<Connection, Unclean> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags)?;
    // Who has the file open now keeps it: there is nothing to wait for.
    conn.busy_timeout(Duration::ZERO)?;
    // In this mode the first access takes the file for itself, and fails where anybody else is connected.
    conn.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT")?;
    Ok(conn)
}

fn truncate(conn: &Connection) -> Result<(), Unclean> {
    match conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))? {
        0 => Ok(()),
        _ => Err(Unclean::Busy),
    }
}

/// The file of an SQLite address; nothing for another database.
#[must_use]
pub fn file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
}

/// Refuses a file that anybody else has open.
///
/// # Errors
/// [`Unclean`].
pub fn alone(file: &Path) -> Result<(), Unclean> {
    exclusive(file).map(drop)
}
