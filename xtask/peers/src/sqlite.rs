//! A SQLite connection with the durability that the service promises: an answer means that the commit's log is
//! on disk, and deleted content is overwritten.

use std::path::Path;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

/// Opens the file, made when absent, with WAL, synchronous=FULL and `secure_delete`.
///
/// # Errors
/// Those of SQLite.
pub async fn open(file: &Path) -> sqlx::Result<SqliteConnection> {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", "ON")
        .connect()
        .await
}

/// The settings as the connection has them, read back rather than repeated.
///
/// # Errors
/// Those of SQLite.
pub async fn settings(connection: &mut SqliteConnection) -> sqlx::Result<String> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(&mut *connection)
        .await?;
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *connection)
        .await?;
    let secure: i64 = sqlx::query_scalar("PRAGMA secure_delete")
        .fetch_one(&mut *connection)
        .await?;
    Ok(format!(
        "SQLite {version}, journal_mode={journal}, synchronous={synchronous}, secure_delete={secure}"
    ))
}
