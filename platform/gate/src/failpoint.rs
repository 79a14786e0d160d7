//! Planted faults. This module exists only in builds with feature `chaos`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use db::{Db, Dialect};
use tokio::time::Instant;

use crate::guard::Guard;
use crate::{GATED, GateError, Hint};

/// The fault's name, as drills call it.
pub const GATE_FROM_CACHE: &str = "gate_from_cache";

/// How long a cached switch goes on to say what it was: less than many do.
const CACHED: Duration = Duration::from_millis(500);

enum Cache {
    Off,
    Open,
    /// Since then the gate is shut, and the cache has not heard of it.
    Shut(Instant),
}

static CACHE: Mutex<Cache> = Mutex::new(Cache::Off);

/// From now on the door of this process answers from a cache. Without it a bug that needs a
/// request between two commits shows once in many closings only.
pub fn cache_the_door() {
    *CACHE.lock().unwrap_or_else(PoisonError::into_inner) = Cache::Open;
}

/// What the cache makes of a hint.
pub(crate) fn cached(hint: Hint) -> Hint {
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    match (&*cache, hint) {
        (Cache::Off, _) => hint,
        (Cache::Open, Hint::Shut { .. }) => {
            *cache = Cache::Shut(Instant::now());
            Hint::Open
        }
        (Cache::Shut(since), Hint::Shut { .. }) if since.elapsed() < CACHED => Hint::Open,
        (Cache::Shut(_), Hint::Open) => {
            *cache = Cache::Open;
            hint
        }
        _ => hint,
    }
}

/// Takes the guard away, so that only the [`Door`](crate::Door)'s cached hint is
/// left: what most feature flags offer. Transactions in flight then commit after
/// the acknowledgement, and law 2 must be found broken.
///
/// # Errors
/// The database refused.
pub async fn plant_cached_gate(db: &Db) -> Result<(), GateError> {
    db.write(|tx| {
        Box::pin(async move {
            for Guard { name, table, .. } in Guard::all(GATED, tx.dialect()) {
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
