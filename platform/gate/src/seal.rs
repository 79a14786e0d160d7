//! Closing, step two: wait out what is in flight, then say `closed`, durably.

use std::time::Duration;

use db::{Db, Dialect, Tx};

use crate::history::{self, Move};
use crate::keys::{INTAKE, key};
use crate::{EVERYTHING, GateError, Order, State, Terminated, status};

/// Takes the exclusive lock within `wait`, writes `closed` under the next epoch
/// and gives that epoch once the
/// commit is durable, with whether this call wrote it.
///
/// # Errors
/// [`db::DbError::Timeout`] if somebody still holds the lock.
pub(crate) async fn seal(
    db: &Db,
    order: &Order,
    wait: Duration,
    ended: &[Terminated],
) -> Result<(i64, bool), GateError> {
    let (order, ended) = (order.clone(), ended.to_vec());
    db.write_first(move |tx| {
        Box::pin(async move {
            prepare(tx, wait).await?;
            if tx.dialect() == Dialect::Postgres {
                tx.exec("SELECT pg_advisory_xact_lock($1)", &[key(INTAKE).into()])
                    .await?;
            }
            step(tx, &order, &ended).await
        })
    })
    .await
}

async fn step(tx: &mut Tx, order: &Order, ended: &[Terminated]) -> Result<(i64, bool), GateError> {
    hold_row(tx).await?;
    let changed = tx
        .exec(
            "UPDATE intake_gate \
             SET state = $1, epoch = epoch + 1, reason = $2, actor = $3, incident = $4, changed_at = $5 \
             WHERE scope = $6 AND state <> $1",
            &[
                State::Closed.as_str().into(),
                (&order.reason).into(),
                (&order.actor).into(),
                (&order.incident).into(),
                order.at.into(),
                EVERYTHING.into(),
            ],
        )
        .await?;
    // Nothing changed if another closer was faster: then its epoch is the answer.
    let epoch = status::status_in(tx).await?.epoch;
    let moved = Move {
        state: State::Closed,
        epoch,
        ended,
        approval: None,
    };
    history::add_with_leaf(tx, "intake.close", order, moved, changed != 0).await?;
    Ok((epoch, changed != 0))
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

/// Keeps other orders out until this transaction ends, whether or not it changes
/// the row. SQLite has one writer at a time anyway.
pub(crate) async fn hold_row(tx: &mut Tx) -> Result<(), GateError> {
    if tx.dialect() == Dialect::Postgres {
        tx.exec(
            "SELECT 1 FROM intake_gate WHERE scope = $1 FOR UPDATE",
            &[EVERYTHING.into()],
        )
        .await?;
    }
    Ok(())
}
