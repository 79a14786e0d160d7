//! Closing, step one: say `closing`, in a short transaction of its own.
//!
//! From its commit on, every trigger refuses and every door sheds, so that the
//! second step has only to wait for what is in flight. No lock is needed: it
//! promises nothing yet.

use std::time::Duration;

use db::{Db, Tx};

use crate::history::{self, Move};
use crate::order::Closing;
use crate::{GateError, Order, State, Status, row, seal, status};

/// What step one found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Published {
    /// Intake is refused now, at this epoch; step two makes it final.
    Closing(i64),
    /// It was closed before, at this epoch; there is nothing to wait for.
    Already(i64),
}

/// Publishes, unless it is closed already.
///
/// # Errors
/// [`db::DbError::Timeout`] if somebody holds the gate's row for longer than `wait`.
pub(crate) async fn publish(
    db: &Db,
    order: &Order,
    closing: &Closing,
    wait: Duration,
) -> Result<Published, GateError> {
    let (order, closing) = (order.clone(), closing.clone());
    db.write_first(move |tx| Box::pin(async move { step(tx, &order, &closing, wait).await }))
        .await
}

async fn step(tx: &mut Tx, order: &Order, closing: &Closing, wait: Duration) -> Result<Published, GateError> {
    seal::prepare(tx, wait).await?;
    row::hold(tx).await?;
    row::make(tx, &closing.scope, order.at).await?;
    let Status { state, epoch, .. } = status::status_in(tx, &closing.scope).await?;
    let mut moved = Move::to(State::Closing, epoch);
    if state == State::Closed {
        row::add_to(tx, closing).await?;
        moved.state = State::Closed;
        history::add_with_leaf(tx, "intake.close", order, closing, moved, false).await?;
        return Ok(Published::Already(epoch));
    }
    row::write(tx, order, closing, (State::Closing, epoch)).await?;
    history::add(tx, order, closing, &moved).await?;
    Ok(Published::Closing(epoch))
}
