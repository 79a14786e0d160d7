//! Closing, step two: wait out what is in flight, then say `closed`, durably.

use std::time::Duration;

use db::{Db, Dialect, Tx};

use crate::history::{self, Move};
use crate::order::Closing;
use crate::{GateError, Order, State, Terminated, drain, row, status};

/// Waits for what is in flight, `wait` at most, writes `closed` under the next epoch and gives that epoch once
/// the commit is durable, with whether this call wrote it.
///
/// # Errors
/// [`db::DbError::Timeout`] if somebody is still in the way.
pub(crate) async fn seal(
    db: &Db,
    order: &Order,
    closing: &Closing,
    wait: Duration,
    ended: &[Terminated],
) -> Result<(i64, bool), GateError> {
    let (order, closing, ended) = (order.clone(), closing.clone(), ended.to_vec());
    db.write_first(move |tx| {
        Box::pin(async move {
            prepare(tx, wait).await?;
            drain::wait_for_those_in_flight(tx, &closing.scope, wait).await?;
            step(tx, &order, &closing, &ended).await
        })
    })
    .await
}

async fn step(
    tx: &mut Tx,
    order: &Order,
    closing: &Closing,
    ended: &[Terminated],
) -> Result<(i64, bool), GateError> {
    row::hold(tx).await?;
    let stands = status::status_in(tx, &closing.scope).await?;
    // If another closer was faster, its epoch is the answer.
    let changed = stands.state != State::Closed;
    let mut epoch = stands.epoch;
    if changed {
        epoch = row::next_epoch(tx).await?;
        row::write(tx, order, closing, (State::Closed, epoch)).await?;
    }
    let moved = Move {
        ended,
        ..Move::to(State::Closed, epoch)
    };
    history::add_with_leaf(tx, "intake.close", order, closing, moved, changed).await?;
    Ok((epoch, changed))
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
