//! Planted faults. This module exists only in builds with feature `chaos`.

use db::{Db, Dialect};

use crate::{Event, GATED, GateError};

/// The fault's name, as drills call it.
pub const GATE_FROM_CACHE: &str = "gate_from_cache";

/// Takes the guard away, so that only the [`Door`](crate::Door)'s cached hint is
/// left: what most feature flags offer. Transactions in flight then commit after
/// the acknowledgement, and law 2 must be found broken.
///
/// # Errors
/// The database refused.
pub async fn plant_cached_gate(db: &Db) -> Result<(), GateError> {
    db.write(|tx| {
        Box::pin(async move {
            for gated in GATED {
                let table = gated.table;
                let name = match gated.event {
                    Event::Insert => format!("intake_gate_{table}_insert"),
                    Event::Transition { column, to } => format!("intake_gate_{table}_{column}_{to}"),
                };
                let sql = match tx.dialect() {
                    Dialect::Sqlite => format!("DROP TRIGGER IF EXISTS {name}"),
                    Dialect::Postgres => format!("DROP TRIGGER IF EXISTS {name} ON {table}"),
                };
                tx.batch(&sql).await?;
            }
            Ok(())
        })
    })
    .await
}
