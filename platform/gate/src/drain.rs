//! Waiting for new business that is in flight (PostgreSQL).
//!
//! Whoever took the act's lock before `closing` was durable may have read `open`, and stands in `pg_locks`: the list
//! is made after that commit, and a lock is given up only once its transaction has ended and can be seen. Whoever
//! takes the lock later reads `closing`. So nobody has to be kept out while the closer waits, and new business
//! of other scopes goes on.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use db::{Dialect, Row, Tx};

use crate::holders::{IN_FLIGHT, objids};
use crate::keys::TAG;
use crate::{GateError, Scope};

/// Transactions, by what PostgreSQL calls them (`virtualtransaction`).
pub(crate) type InFlight = BTreeSet<String>;

/// Waits until all have ended that hold a lock of the scope's acts now, or that were left the last time; gives who is
/// left after `wait`.
///
/// # Errors
/// The database's refusal.
pub(crate) async fn wait_for_those_in_flight(
    tx: &mut Tx,
    scope: &Scope,
    waits_for: Option<InFlight>,
    wait: Duration,
) -> Result<InFlight, GateError> {
    if tx.dialect() != Dialect::Postgres {
        // SQLite: what is written before this transaction has ended.
        return Ok(InFlight::new());
    }
    let until = Instant::now() + wait;
    let mut now = in_flight(tx, scope).await?;
    let mut left = waits_for.unwrap_or_else(|| now.clone());
    // A prepared transaction has another name after the server has started anew.
    left.extend(now.iter().filter(|one| one.starts_with("-1/")).cloned());
    loop {
        left.retain(|one| now.contains(one));
        if left.is_empty() || Instant::now() >= until {
            return Ok(left);
        }
        // Two milliseconds: a tenth of what the fastest close takes with something in flight.
        tx.one("SELECT pg_sleep(0.002)::text", &[]).await?;
        now = in_flight(tx, scope).await?;
    }
}

/// A prepared one keeps its name (PostgreSQL from 13.5 and 14.1 on).
async fn in_flight(tx: &mut Tx, scope: &Scope) -> Result<InFlight, GateError> {
    let sql = format!("SELECT DISTINCT l.virtualtransaction FROM pg_locks l WHERE {IN_FLIGHT}");
    let rows = tx
        .many(&sql, &[i64::from(TAG).into(), (&objids(scope)).into()])
        .await?;
    let name = |row: &Row| row.text(0).map(str::to_owned);
    Ok(rows.iter().map(name).collect::<Result<_, _>>()?)
}
