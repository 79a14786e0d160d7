//! Closing, step one: say `closing`, in a short transaction of its own.
//!
//! From its commit on, every trigger refuses and every door sheds, so that the
//! second step has only to wait for what is in flight. No lock is needed: it
//! promises nothing yet.

use std::time::{Duration, Instant};

use db::{Db, Tx};

use crate::history::{self, Move};
use crate::order::Closing;
use crate::{GateError, Order, State, Status, close, row, seal, status};

/// Publishes, unless it is closed already, and gives the epoch under which it is shut. `by` is when whoever ordered it
/// has given up: what arrives at the database later, over a connection that was cut for a while, closes nothing.
///
/// # Errors
/// [`db::DbError::Timeout`] if somebody holds the gate's row for longer than `wait`.
pub(crate) async fn publish(
    db: &Db,
    order: &Order,
    closing: &Closing,
    (wait, by): (Duration, Instant),
) -> Result<i64, GateError> {
    let (order, closing) = (order.clone(), closing.clone());
    db.write_first(move |tx| Box::pin(async move { step(tx, &order, &closing, (wait, by)).await }))
        .await
}

async fn step(
    tx: &mut Tx,
    order: &Order,
    closing: &Closing,
    (wait, by): (Duration, Instant),
) -> Result<i64, GateError> {
    seal::prepare(tx, wait).await?;
    row::hold(tx).await?;
    if Instant::now() > by {
        return Err(close::silent());
    }
    row::make(tx, &closing.scope, order.at).await?;
    let Status { state, epoch, .. } = status::status_in(tx, &closing.scope).await?;
    // What somebody wrote by hand was waited for by nobody, so step two comes after this, too.
    if state != State::Closed {
        row::write(tx, order, closing, (State::Closing, epoch)).await?;
        history::add(tx, order, closing, &Move::to(State::Closing, epoch)).await?;
    }
    Ok(epoch)
}
