//! Who holds a table of theirs, so that a trigger on it has to wait.

use db::{Db, DbError};
use serde::Serialize;

/// A session with a lock on one of the tables. What it runs is not told: that may hold a customer's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// The table.
    pub table: String,
    /// The backend's process id.
    pub pid: i64,
    /// What the session calls itself.
    pub application: String,
    /// Its role.
    pub role: String,
    /// How long its transaction has been open, in milliseconds.
    pub open_ms: i64,
}

/// Those with a lock on one of these tables (quoted, with their schema) that keeps a trigger waiting; 20 at most.
pub(crate) async fn holders(db: &Db, tables: &[String]) -> Result<Vec<Holder>, DbError> {
    let tables = tables.join("\n");
    db.read(move |tx| {
        Box::pin(async move {
            let sql = "SELECT l.relation::regclass::text, a.pid::bigint, COALESCE(a.application_name, ''), \
                       COALESCE(a.usename::text, ''), \
                       COALESCE((EXTRACT(EPOCH FROM clock_timestamp() - a.xact_start) * 1000)::bigint, 0) \
                       FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
                       WHERE l.granted AND l.locktype = 'relation' AND a.pid <> pg_backend_pid() \
                       AND l.mode NOT IN ('AccessShareLock', 'RowShareLock') \
                       AND l.relation IN (SELECT to_regclass(t) FROM unnest(string_to_array($1, E'\\n')) t) \
                       ORDER BY 5 DESC LIMIT 20";
            let rows = tx.many(sql, &[(&tables).into()]).await?;
            let mut all = Vec::new();
            for row in &rows {
                all.push(Holder {
                    table: row.text(0)?.to_owned(),
                    pid: row.int(1)?,
                    application: row.text(2)?.to_owned(),
                    role: row.text(3)?.to_owned(),
                    open_ms: row.int(4)?,
                });
            }
            Ok(all)
        })
    })
    .await
}
