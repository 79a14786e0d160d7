//! What the engine knows, in the control plane's store.

use db::{Db, DbError, Migration};
use rules::Snapshot;

/// The table.
pub(crate) const MIGRATION: Migration = Migration {
    id: "watch-0001",
    sql: include_str!("../migrations/0001_watch.sql"),
};

const NAME: &str = "engine";

/// Saves it.
///
/// # Errors
/// What the database refused; then nobody must be told of what is new in it.
pub(crate) async fn save(db: &Db, snapshot: &Snapshot, now: i64) -> Result<(), DbError> {
    let text = serde_json::to_string(snapshot).map_err(|error| DbError::Other(error.to_string()))?;
    db.write(move |tx| {
        Box::pin(async move {
            let sql = "INSERT INTO watch_state (name, value, saved_at) VALUES ($1, $2, $3) \
                       ON CONFLICT (name) DO UPDATE SET value = excluded.value, saved_at = excluded.saved_at";
            tx.exec(sql, &[NAME.into(), text.as_str().into(), now.into()])
                .await?;
            Ok::<_, DbError>(())
        })
    })
    .await
}

/// What was saved last. What cannot be read is as good as nothing, and logged: a watcher that does not start is worse.
///
/// # Errors
/// What the database refused.
pub(crate) async fn load(db: &Db) -> Result<Option<Snapshot>, DbError> {
    let row = db
        .one("SELECT value FROM watch_state WHERE name = $1", &[NAME.into()])
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    match serde_json::from_str(row.text(0)?) {
        Ok(snapshot) => Ok(Some(snapshot)),
        Err(error) => {
            tracing::error!(%error, "what the rules knew cannot be read: they begin anew");
            Ok(None)
        }
    }
}
