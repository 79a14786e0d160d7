//! Who keeps the gate from closing (PostgreSQL).

use db::{Db, DbError};
use serde::{Deserialize, Serialize};

use crate::keys::{INTAKE, TAG};

/// A session that was ended because its intake transaction did not.
///
/// Its statement is not kept: a hand-written one may hold a customer's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminated {
    /// The backend's process id.
    pub pid: i64,
    /// What the session called itself, for finding its owner.
    pub application: String,
    /// The database role it worked as.
    pub role: String,
    /// How long its transaction had been open, in milliseconds.
    pub open_ms: i64,
}

/// Ends every other session that holds the gate's lock shared, and lists them.
///
/// Only shared holders: the exclusive one is another closer, about to commit. A
/// session that ends loses its transaction; a draw whose instruction has left
/// the bank holds no lock of the gate and is not touched.
pub(crate) async fn end_holders(db: &Db) -> Result<Vec<Terminated>, DbError> {
    db.write_first(|tx| {
        Box::pin(async move {
            let sql = "SELECT a.pid::bigint, COALESCE(a.application_name, ''), COALESCE(a.usename::text, ''), \
                 COALESCE((EXTRACT(EPOCH FROM clock_timestamp() - a.xact_start) * 1000)::bigint, 0), \
                 CASE WHEN pg_terminate_backend(a.pid) THEN 1::bigint ELSE 0::bigint END \
                 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
                 WHERE l.locktype = 'advisory' AND l.granted AND l.mode = 'ShareLock' \
                 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
                 AND l.classid::bigint = $1 AND l.objid::bigint = $2 AND l.objsubid = 1 \
                 AND l.pid <> pg_backend_pid()";
            let rows = tx.many(sql, &[i64::from(TAG).into(), i64::from(INTAKE).into()]).await?;
            let mut ended = Vec::with_capacity(rows.len());
            for row in rows {
                // A session that was gone before the signal ended by itself.
                if row.int(4)? == 1 {
                    ended.push(Terminated {
                        pid: row.int(0)?,
                        application: row.text(1)?.to_owned(),
                        role: row.text(2)?.to_owned(),
                        open_ms: row.int(3)?,
                    });
                }
            }
            Ok(ended)
        })
    })
    .await
}
