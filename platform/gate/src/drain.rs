//! Waiting for new business that is in flight (PostgreSQL).
//!
//! Whoever took the act's lock before `closing` was durable may have read `open`, and stands in `pg_locks`: the list
//! is made after that commit, and a lock is given up only once its transaction has ended and can be seen. Whoever
//! takes the lock later reads `closing`. So nobody has to be kept out while the closer waits, and new business
//! of other scopes goes on.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use db::{DbError, Dialect, Row, Tx};

use crate::holders::{IN_FLIGHT, objids};
use crate::keys::TAG;
use crate::{GateError, Scope};

/// Waits until all that held a lock of the scope's acts at the beginning have ended.
///
/// # Errors
/// [`DbError::Timeout`] after `wait`.
pub(crate) async fn wait_for_those_in_flight(
    tx: &mut Tx,
    scope: &Scope,
    wait: Duration,
) -> Result<(), GateError> {
    if tx.dialect() != Dialect::Postgres {
        // SQLite: what is written before this transaction has ended.
        return Ok(());
    }
    let until = Instant::now() + wait;
    let mut left = in_flight(tx, scope).await?;
    while !left.is_empty() {
        if Instant::now() >= until {
            return Err(DbError::Timeout.into());
        }
        // Two milliseconds: a tenth of what the fastest close takes with something in flight.
        tx.one("SELECT pg_sleep(0.002)::text", &[]).await?;
        let now = in_flight(tx, scope).await?;
        left.retain(|one| now.contains(one));
    }
    Ok(())
}

/// The transactions, by what PostgreSQL calls them; a prepared one has a name too.
async fn in_flight(tx: &mut Tx, scope: &Scope) -> Result<BTreeSet<String>, GateError> {
    let sql = format!("SELECT DISTINCT l.virtualtransaction FROM pg_locks l WHERE {IN_FLIGHT}");
    let rows = tx
        .many(&sql, &[i64::from(TAG).into(), (&objids(scope)).into()])
        .await?;
    let name = |row: &Row| row.text(0).map(str::to_owned);
    Ok(rows.iter().map(name).collect::<Result<_, _>>()?)
}
