//! Closing, step one: say `closing`, in a short transaction of its own.
//!
//! From its commit on, every trigger refuses and every door sheds, so that the
//! second step has only to wait for what is in flight. No lock is needed: it
//! promises nothing yet.

use std::time::Duration;

use db::{Db, Tx};

use crate::history::{self, Move};
use crate::{EVERYTHING, GateError, Order, State, seal, status};

/// What step one found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Published {
    /// Intake is refused now; step two makes it final.
    Closing,
    /// It was closed before, at this epoch; there is nothing to wait for.
    Already(i64),
}

/// Publishes, unless it is closed already.
///
/// # Errors
/// [`db::DbError::Timeout`] if somebody holds the gate's row for longer than `wait`.
pub(crate) async fn publish(db: &Db, order: &Order, wait: Duration) -> Result<Published, GateError> {
    let order = order.clone();
    db.write_first(move |tx| Box::pin(async move { step(tx, &order, wait).await }))
        .await
}

async fn step(tx: &mut Tx, order: &Order, wait: Duration) -> Result<Published, GateError> {
    seal::prepare(tx, wait).await?;
    seal::hold_row(tx).await?;
    let changed = tx
        .exec(
            "UPDATE intake_gate SET state = $1, reason = $2, actor = $3, incident = $4, changed_at = $5 \
             WHERE scope = $6 AND state <> $7",
            &[
                State::Closing.as_str().into(),
                (&order.reason).into(),
                (&order.actor).into(),
                (&order.incident).into(),
                order.at.into(),
                EVERYTHING.into(),
                State::Closed.as_str().into(),
            ],
        )
        .await?;
    let epoch = status::status_in(tx).await?.epoch;
    if changed == 0 {
        let moved = Move {
            state: State::Closed,
            epoch,
            ended: &[],
            approval: None,
        };
        history::add_with_leaf(tx, "intake.close", order, moved, false).await?;
        return Ok(Published::Already(epoch));
    }
    history::add(
        tx,
        order,
        &Move {
            state: State::Closing,
            epoch,
            ended: &[],
            approval: None,
        },
    )
    .await?;
    Ok(Published::Closing)
}
