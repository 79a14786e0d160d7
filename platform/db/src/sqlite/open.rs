//! Opening connections: the settings that durability and deletion rest on.

use super::errors;
use super::session::Session;
use crate::{DbError, Options, failpoint};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// Statements kept prepared per connection: about twice what the service has, so
/// that none is ever prepared twice.
const STATEMENTS: usize = 512;

/// The writer's page cache, 6 MB: the pages that are written over and over among
/// 200,000 applications. A larger one is slower: where a tree was split, a commit
/// looks through all of the cache's slots.
const WRITER_CACHE: &str = "PRAGMA cache_size = -6144";

/// Bytes of a page of a new file. Most of what a commit writes are pages of which one
/// small row changed, and the sync of the log takes as long as it has bytes: with pages
/// of 4,096 an application wrote 24 to 31 KB of log and file, with these 17 to 23.
const PAGE: &str = "PRAGMA page_size = 2048";

/// A reader's page cache, 2 MB: reads hit few pages, and the kernel has the rest.
const READER_CACHE: &str = "PRAGMA cache_size = -2048";

/// The connection that commits.
pub(crate) fn writer(path: &Path, options: &Options) -> Result<Session, DbError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut beside = false;
    let mut session = open(path, flags, options, |conn| {
        conn.execute_batch(PAGE)?;
        // WAL: readers never wait for the writer. NORMAL: a commit returns before its log
        // is synced, which `log` does before anybody is answered; without a log to sync,
        // FULL. secure_delete: a deleted row leaves no bytes behind.
        let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if mode != "wal" {
            tracing::warn!(mode, "the database did not switch to write-ahead logging");
        }
        let sync = match mode.as_str() {
            _ if failpoint::armed(failpoint::WEAK_SYNC) => "OFF",
            "wal" => "NORMAL",
            _ => "FULL",
        };
        beside = sync == "NORMAL";
        conn.execute_batch(&format!("PRAGMA synchronous = {sync}; PRAGMA secure_delete = ON"))?;
        conn.execute_batch(WRITER_CACHE)
    })?;
    session.synced_beside = beside;
    Ok(session)
}

/// A connection that only reads.
pub(crate) fn reader(path: &Path, options: &Options) -> Result<Session, DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    open(path, flags, options, |conn| {
        conn.execute_batch("PRAGMA query_only = ON")?;
        conn.execute_batch(READER_CACHE)
    })
}

fn open(
    path: &Path,
    flags: OpenFlags,
    options: &Options,
    settings: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<Session, DbError> {
    let session = || {
        let conn = Connection::open_with_flags(path, flags)?;
        // In WAL mode only BEGIN IMMEDIATE meets another process's lock: whoever
        // runs `--direct` or a backup holds it for a while, not for ever.
        conn.busy_timeout(options.wait)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        settings(&conn)?;
        // Temporary tables in memory: a spill file would hold customers' data.
        // The writer checkpoints itself, as only then it sees a failed fsync.
        conn.execute_batch(
            "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0",
        )?;
        Session::new(conn)
    };
    session().map_err(|error| errors::unavailable("opening the database file", &error))
}
