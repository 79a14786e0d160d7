//! Closing, step two: wait out what is in flight, then say `closed`, durably.

use std::time::Duration;

use db::{Db, Dialect, Tx};

use crate::drain::InFlight;
use crate::history::{self, Move};
use crate::order::Closing;
use crate::{GateError, Order, State, Terminated, drain, row, status};

/// What step two came to.
pub(crate) enum Sealed {
    /// It is closed, durably.
    Closed {
        /// At this epoch.
        epoch: i64,
        /// Whether this call wrote it.
        changed: bool,
    },
    /// The `closing` that was said does not stand any more: somebody finished it, and others reopened.
    MovedOn,
    /// The time is over, and these have not ended.
    InFlight(InFlight),
}

/// Waits for what is in flight, `wait` at most, and writes `closed` under the next epoch, unless the `closing` of
/// this epoch was followed by something else meanwhile. `waits_for` is who was left the last time.
///
/// # Errors
/// [`db::DbError::Timeout`] if somebody holds the gate's row.
pub(crate) async fn seal(
    db: &Db,
    (order, closing): (&Order, &Closing),
    (published, waits_for): (i64, Option<InFlight>),
    wait: Duration,
    ended: &[Terminated],
) -> Result<Sealed, GateError> {
    let (order, closing, ended) = (order.clone(), closing.clone(), ended.to_vec());
    db.write_first(move |tx| {
        Box::pin(async move {
            prepare(tx, wait).await?;
            let left = drain::wait_for_those_in_flight(tx, &closing.scope, waits_for, wait).await?;
            if !left.is_empty() {
                return Ok(Sealed::InFlight(left));
            }
            step(tx, (&order, &closing), published, &ended).await
        })
    })
    .await
}

async fn step(
    tx: &mut Tx,
    (order, closing): (&Order, &Closing),
    published: i64,
    ended: &[Terminated],
) -> Result<Sealed, GateError> {
    row::hold(tx).await?;
    let stands = status::status_in(tx, &closing.scope).await?;
    // Whoever takes a lock after a reopening reads `open`, and is not on the list that was waited for.
    let (epoch, changed) = match stands.state {
        State::Closing if stands.epoch == published => (row::next_epoch(tx).await?, true),
        // It was closed before, or another closer was faster: that epoch is the answer.
        State::Closed => (stands.epoch, false),
        _ => return Ok(Sealed::MovedOn),
    };
    if changed {
        row::write(tx, order, closing, (State::Closed, epoch)).await?;
    } else {
        row::add_to(tx, closing).await?;
    }
    let moved = Move {
        ended,
        ..Move::to(State::Closed, epoch)
    };
    history::add_with_leaf(tx, "intake.close", order, closing, moved, changed).await?;
    Ok(Sealed::Closed { epoch, changed })
}

/// Makes a PostgreSQL transaction of the gate wait no longer than `wait` for a
/// lock, and commit no less durably than a write that is acknowledged must.
pub(crate) async fn prepare(tx: &mut Tx, wait: Duration) -> Result<(), GateError> {
    if tx.dialect() != Dialect::Postgres {
        // SQLite: `Db` syncs every commit before it answers.
        return Ok(());
    }
    // Zero would mean "wait for ever".
    let wait = wait.max(Duration::from_millis(1)).as_millis();
    // lock_timeout is the bound that counts; the statement's is behind it, with
    // room for a slow statement after a lock that came at the last moment.
    let (lock, statement) = (format!("{wait}ms"), format!("{}ms", wait + 1000));
    tx.exec(
        "SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true), \
         set_config('synchronous_commit', \
                    CASE current_setting('synchronous_commit') \
                    WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)",
        &[(&lock).into(), (&statement).into()],
    )
    .await?;
    Ok(())
}
