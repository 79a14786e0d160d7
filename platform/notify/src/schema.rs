//! The notifier's tables.

use db::{DbError, Migration, Tx};

/// All tables of this crate, for whoever migrates the store that it shares.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        id: "notify-0001",
        sql: include_str!("../migrations/0001_notify.sql"),
    },
    Migration {
        id: "notify-0002",
        sql: include_str!("../migrations/0002_seen.sql"),
    },
];

/// Lets one transaction at a time decide: an alert that joins a group while another transaction ends that group would
/// belong to none. SQLite has one writer anyway; on PostgreSQL whoever comes second waits here.
///
/// # Errors
/// What the database refused.
pub(crate) async fn lock(tx: &mut Tx) -> Result<(), DbError> {
    let locked = tx
        .exec("UPDATE notify_state SET value = value WHERE name = 'lock'", &[])
        .await?;
    if locked == 1 {
        Ok(())
    } else {
        Err(DbError::Other(
            "the notifier's tables lack their lock row".to_owned(),
        ))
    }
}

/// Reads a word about the whole.
///
/// # Errors
/// What the database refused.
pub(crate) async fn state(tx: &mut Tx, name: &str) -> Result<Option<String>, DbError> {
    let row = tx
        .one("SELECT value FROM notify_state WHERE name = $1", &[name.into()])
        .await?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// Writes a word about the whole.
///
/// # Errors
/// What the database refused.
pub(crate) async fn set_state(tx: &mut Tx, name: &str, value: &str) -> Result<(), DbError> {
    let sql = "INSERT INTO notify_state (name, value) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.exec(sql, &[name.into(), value.into()]).await?;
    Ok(())
}
