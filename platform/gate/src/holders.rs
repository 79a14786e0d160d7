//! Who keeps the gate from closing (PostgreSQL).

use db::{Db, DbError, Tx};
use serde::{Deserialize, Serialize};

use crate::drain::InFlight;
use crate::keys::{TAG, intake};
use crate::{Act, GateError, Scope, doubts};

/// A session that was ended because its transaction kept the gate from closing.
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
    /// Whether it had a draw in hand, so that money may have moved.
    #[serde(default)]
    pub draw: bool,
}

/// A transaction that took the lock of an act that a closing is about.
pub(crate) const IN_FLIGHT: &str = "l.granted \
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND l.locktype = 'advisory' AND l.objsubid = 1 AND l.classid::bigint = $1 \
    AND l.objid::text = ANY (string_to_array($2, ','))";

/// Sessions with a lock on a table that closing writes to, of a kind that makes it wait. Reading and vacuuming
/// don't, nor does adding a row of history or a leaf.
const ON_THE_GATE: &str = "l.granted \
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND l.locktype = 'relation' \
    AND ((l.relation = to_regclass('intake_gate') \
          AND l.mode NOT IN ('AccessShareLock', 'ShareUpdateExclusiveLock')) \
      OR (l.relation IN (to_regclass('intake_history'), to_regclass('evidence_leaves')) \
          AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')))";

/// The locks of a scope's acts, as `pg_locks.objid` has them, between commas.
pub(crate) fn objids(scope: &Scope) -> String {
    let locks: Vec<String> = scope.acts().map(|act| intake(act).to_string()).collect();
    locks.join(",")
}

/// Ends the sessions of these transactions, and every other one with a lock on the gate's own tables, and lists them.
///
/// A session that ends loses its transaction. A draw whose instruction has left
/// the bank holds none of these locks and is not touched. Which product a transaction is about is not known
/// before it has committed: one that is stuck is ended by a closing of another product too. A superuser's session can
/// be ended by a superuser only; as it is left, the closing is not acknowledged.
///
/// Those that had a draw in hand are noted as cases of [`doubts`] in the same transaction.
pub(crate) async fn end_holders(
    db: &Db,
    left: Option<&InFlight>,
    epoch: Option<i64>,
    at: i64,
) -> Result<Vec<Terminated>, GateError> {
    let left = left.map_or_else(String::new, |left| {
        left.iter().cloned().collect::<Vec<_>>().join(",")
    });
    db.write_first(move |tx| {
        Box::pin(async move {
            let sql = format!(
                "SELECT a.pid::bigint, COALESCE(a.application_name, ''), COALESCE(a.usename::text, ''), \
                 COALESCE((EXTRACT(EPOCH FROM clock_timestamp() - a.xact_start) * 1000)::bigint, 0), \
                 CASE WHEN (SELECT m.rolsuper OR NOT t.rolsuper FROM pg_roles m, pg_roles t \
                   WHERE m.rolname = current_user AND t.oid = a.usesysid) AND pg_terminate_backend(a.pid) \
                   THEN 1::bigint ELSE 0::bigint END \
                 FROM pg_stat_activity a \
                 WHERE a.backend_type = 'client backend' AND a.pid <> pg_backend_pid() \
                 AND a.pid IN (SELECT l.pid FROM pg_locks l WHERE ({ON_THE_GATE}) \
                 OR l.virtualtransaction = ANY (string_to_array($1, ',')))"
            );
            // Before any is ended: then its locks are gone.
            let drawing = holding(tx, Act::Draw).await?;
            let rows = tx.many(&sql, &[(&left).into()]).await?;
            let mut ended = Vec::with_capacity(rows.len());
            for row in rows {
                // A session that was gone before the signal ended by itself.
                if row.int(4)? == 1 {
                    ended.push(Terminated {
                        pid: row.int(0)?,
                        application: row.text(1)?.to_owned(),
                        role: row.text(2)?.to_owned(),
                        open_ms: row.int(3)?,
                        draw: drawing.contains(&row.int(0)?),
                    });
                }
            }
            doubts::note(tx, &ended, epoch, at).await?;
            Ok(ended)
        })
    })
    .await
}

/// Sessions whose transaction holds the lock of an act.
async fn holding(tx: &mut Tx, act: Act) -> Result<Vec<i64>, DbError> {
    let sql =
        format!("SELECT DISTINCT l.pid::bigint FROM pg_locks l WHERE l.pid IS NOT NULL AND {IN_FLIGHT}");
    let lock = intake(act).to_string();
    let rows = tx.many(&sql, &[i64::from(TAG).into(), (&lock).into()]).await?;
    rows.iter().map(|row| row.int(0)).collect()
}
