//! The flag of PostgreSQL's guards: while nothing is shut, a guard takes its lock, reads one number, and lets in.
//!
//! The number is a sequence's, which is read as it is now, whatever snapshot the statement has. So the order is that
//! of the guard itself: first the lock, then the look. Every write to the gate raises the flag before it
//! commits, hence before the closer lists who holds the locks. Whoever took the lock and read 0 did so before
//! that, and is on the list; whoever reads 1 has the function look at the gate. A sequence is in the write-ahead
//! log, so a standby and a restored server have it in the same order. SQLite needs no flag: an index that is
//! empty while nothing is shut tells the same.

use db::{Db, Dialect};

use crate::keys::{intake, key};
use crate::{Act, GateError};

/// The sequence.
pub(crate) const FLAG: &str = "intake_flag";

/// Takes the lock, and then tells whether the gate must be looked at, as a condition of a trigger. Only CASE keeps
/// the order. Without the lock or without a number the answer is yes.
///
/// It asks for no isolation level, as the function does: whatever snapshot a transaction has, the number is that of
/// now. Only where something is shut must the gate's rows be read, which an old snapshot would show as they were.
pub(crate) fn up(act: Act) -> String {
    format!(
        "(CASE WHEN pg_catalog.pg_try_advisory_xact_lock_shared({}) \
         THEN pg_catalog.pg_sequence_last_value('{FLAG}'::pg_catalog.regclass) END = 0) IS NOT TRUE",
        key(intake(act))
    )
}

/// What a trigger's definition says if it has this condition.
pub(crate) fn marks(act: Act) -> [String; 3] {
    [
        format!("pg_try_advisory_xact_lock_shared('{}'::bigint)", key(intake(act))),
        format!("pg_sequence_last_value('{FLAG}'::regclass)"),
        "= 0) IS NOT TRUE".to_owned(),
    ]
}

/// Lowers it where all is open and nobody is about to change that, and tells whether it is down.
///
/// # Errors
/// The database's refusal.
pub(crate) async fn lower(db: &Db) -> Result<bool, GateError> {
    if db.dialect() == Dialect::Sqlite {
        return Ok(true);
    }
    let sql = "SELECT CASE WHEN lower_intake_flag() THEN 1::bigint ELSE 0::bigint END";
    db.write(move |tx| {
        Box::pin(async move {
            let row = tx.one(sql, &[]).await?.ok_or(GateError::NoRow)?;
            Ok(row.int(0)? == 1)
        })
    })
    .await
}

/// Whether it says that nothing is shut although something is. It is read again at the end, as the gate may
/// have been shut, or all of it reopened, in between.
///
/// # Errors
/// The database's refusal.
pub(crate) async fn lies(db: &Db) -> Result<bool, GateError> {
    if db.dialect() == Dialect::Sqlite {
        return Ok(false);
    }
    let down = "SELECT COUNT(*) FROM intake_flag WHERE is_called AND last_value = 0";
    let shut = "SELECT COUNT(*) FILTER (WHERE state <> 'open') \
                + CASE WHEN COUNT(*) FILTER (WHERE scope = 'everything') = 0 THEN 1 ELSE 0 END FROM intake_gate";
    for sql in [down, shut, down] {
        let counted = db.read(move |tx| {
            Box::pin(async move {
                tx.one(sql, &[])
                    .await?
                    .ok_or(GateError::NoRow)?
                    .int(0)
                    .map_err(GateError::from)
            })
        });
        if counted.await? == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
