//! Whether an acknowledged commit would survive: the settings, asked live.

use crate::{Db, DbError, Dialect, Tx};

/// A setting under which an acknowledged write may be lost, or a deleted one stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The setting's name in its database.
    pub setting: String,
    /// The value in force.
    pub value: String,
    /// The value that the laws need.
    pub wanted: String,
}

/// Asks the database itself, on a connection that commits. Empty is good.
///
/// # Errors
/// If the database cannot be asked.
pub async fn durability(db: &Db) -> Result<Vec<Finding>, DbError> {
    match db.dialect() {
        Dialect::Sqlite => db.write(|tx| Box::pin(sqlite(tx))).await,
        Dialect::Postgres => db.write(|tx| Box::pin(postgres(tx))).await,
    }
}

/// The writer's own connection: SQLite keeps these settings per connection.
async fn sqlite(tx: &mut Tx) -> Result<Vec<Finding>, DbError> {
    let mut findings = Vec::new();
    // synchronous 2 is FULL, 3 EXTRA; in WAL mode, 1 syncs at checkpoints only, and is enough where
    // each commit's log is synced beside before its answer.
    let synchronous = number(tx, "PRAGMA synchronous").await?;
    let good = match synchronous.as_str() {
        "2" | "3" => true,
        "1" => tx.sqlite().synced_beside,
        _ => false,
    };
    note(&mut findings, "synchronous", &synchronous, good, "2 (FULL)");
    let journal = text(tx, "PRAGMA journal_mode").await?;
    note(&mut findings, "journal_mode", &journal, journal == "wal", "wal");
    let delete = number(tx, "PRAGMA secure_delete").await?;
    note(&mut findings, "secure_delete", &delete, delete == "1", "1 (ON)");
    let keys = number(tx, "PRAGMA foreign_keys").await?;
    note(&mut findings, "foreign_keys", &keys, keys == "1", "1 (ON)");
    Ok(findings)
}

async fn postgres(tx: &mut Tx) -> Result<Vec<Finding>, DbError> {
    let mut findings = Vec::new();
    for setting in ["fsync", "full_page_writes"] {
        let value = shown(tx, setting).await?;
        note(&mut findings, setting, &value, value == "on", "on");
    }
    // `local` and `remote_write` keep a commit through a crash of this server, but
    // not through a failover to the standby that it names.
    let standby = !shown(tx, "synchronous_standby_names").await?.is_empty();
    let commit = shown(tx, "synchronous_commit").await?;
    let good = matches!(commit.as_str(), "on" | "remote_apply")
        || (!standby && matches!(commit.as_str(), "local" | "remote_write"));
    note(&mut findings, "synchronous_commit", &commit, good, "on");
    Ok(findings)
}

fn note(findings: &mut Vec<Finding>, setting: &str, value: &str, good: bool, wanted: &str) {
    if !good {
        findings.push(Finding {
            setting: setting.to_owned(),
            value: value.to_owned(),
            wanted: wanted.to_owned(),
        });
    }
}

async fn shown(tx: &mut Tx, setting: &str) -> Result<String, DbError> {
    let row = tx.one("SELECT current_setting($1)", &[setting.into()]).await?;
    Ok(row.ok_or_else(silent)?.text(0)?.to_owned())
}

async fn number(tx: &mut Tx, pragma: &str) -> Result<String, DbError> {
    Ok(tx.one(pragma, &[]).await?.ok_or_else(silent)?.int(0)?.to_string())
}

async fn text(tx: &mut Tx, pragma: &str) -> Result<String, DbError> {
    Ok(tx.one(pragma, &[]).await?.ok_or_else(silent)?.text(0)?.to_owned())
}

fn silent() -> DbError {
    DbError::Other("the database does not show the setting".to_owned())
}
