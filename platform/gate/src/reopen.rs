//! Reopening.

use db::{Db, Tx};

use crate::history::{self, Move};
use crate::{EVERYTHING, GateError, Order, State, Status, seal, status};

/// Opens the gate, from `closed` or from a `closing` whose closer died, and
/// returns once that is durable. Reopening an open gate changes nothing.
///
/// No lock is needed: whoever read the state before is refused, whoever reads it
/// after is let in, and neither breaks a promise.
///
/// # Errors
/// [`GateError`]; then ask for the status.
pub async fn reopen(db: &Db, order: Order) -> Result<Status, GateError> {
    db.write_first(move |tx| Box::pin(async move { reopen_in(tx, &order).await }))
        .await
}

/// Opens the gate in a transaction that does more: durable when that has committed.
///
/// # Errors
/// [`GateError`].
pub async fn reopen_in(tx: &mut Tx, order: &Order) -> Result<Status, GateError> {
    order.check()?;
    seal::prepare(tx, order.grace).await?;
    seal::hold_row(tx).await?;
    let changed = tx
        .exec(
            "UPDATE intake_gate \
             SET state = $1, epoch = epoch + 1, reason = $2, actor = $3, incident = $4, changed_at = $5 \
             WHERE scope = $6 AND state <> $1",
            &[
                State::Open.as_str().into(),
                (&order.reason).into(),
                (&order.actor).into(),
                (&order.incident).into(),
                order.at.into(),
                EVERYTHING.into(),
            ],
        )
        .await?;
    let status = status::status_in(tx).await?;
    let moved = Move {
        state: status.state,
        epoch: status.epoch,
        ended: &[],
    };
    history::add_with_leaf(tx, "intake.reopen", order, moved, changed != 0).await?;
    Ok(status)
}
