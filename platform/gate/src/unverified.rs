//! A database that lost later changes: restored to an earlier time, or promoted without its last transactions.
//!
//! It does not know of closings that were acknowledged, so it is marked as one that is not to be believed: closed
//! for everything, under an epoch above all that were given out, and nothing opens until somebody has
//! reconciled it with what was kept elsewhere. The mark is in the row, so it holds for every instance and for an
//! older build, and outlives restarts.

use db::{Db, Tx};

use crate::history::{self, Move};
use crate::{Closing, GateError, Order, State, close, row, seal, status};

/// Who marks a database.
pub const RECOVERY: &str = "recovery";

/// Marks it, and gives the epoch once it is closed for everything. `newest` is the largest epoch that was ever given out.
/// Doing it again changes nothing.
///
/// # Errors
/// As [`close()`]; then it is marked all the same, or was not reached.
pub async fn distrust(db: &Db, order: Order, newest: i64) -> Result<i64, GateError> {
    order.check()?;
    let mark = order.clone();
    let closed = db
        .write_first(move |tx| Box::pin(async move { mark_in(tx, &mark, newest).await }))
        .await?;
    match closed {
        Some(epoch) => Ok(epoch),
        None => Ok(close(db, order, Closing::everything()).await?.epoch),
    }
}

/// The epoch, if nothing can be in flight.
async fn mark_in(tx: &mut Tx, order: &Order, newest: i64) -> Result<Option<i64>, GateError> {
    seal::prepare(tx, order.grace).await?;
    row::hold(tx).await?;
    let everything = Closing::everything();
    let stands = status::status_in(tx, &everything.scope).await?;
    if stands.unverified_since.is_some() && stands.epoch > newest {
        return Ok((stands.state == State::Closed).then_some(stands.epoch));
    }
    // What waited for a second person was asked for in another past.
    let state = match stands.state {
        State::Closed | State::Reopening => State::Closed,
        State::Open | State::Closing => State::Closing,
    };
    let epoch = row::next_epoch(tx).await?.max(newest.saturating_add(1));
    row::write(tx, order, &everything, (state, epoch)).await?;
    tx.exec(
        "UPDATE intake_gate SET unverified_since = COALESCE(unverified_since, $1) WHERE scope = $2",
        &[order.at.into(), (&everything.scope.to_string()).into()],
    )
    .await?;
    let moved = Move::to(state, epoch);
    if state == State::Closed {
        history::add_with_leaf(tx, "intake.close", order, &everything, moved, true).await?;
        return Ok(Some(epoch));
    }
    history::add(tx, order, &everything, &moved).await?;
    Ok(None)
}

/// Believes the database again; it stays closed. Tells whether it was marked.
///
/// # Errors
/// [`GateError::Elsewhere`] while it is still closing: mark it once more.
pub async fn believe_in(tx: &mut Tx, order: &Order) -> Result<bool, GateError> {
    order.check()?;
    seal::prepare(tx, order.grace).await?;
    row::hold(tx).await?;
    let everything = Closing::everything();
    let stands = status::status_in(tx, &everything.scope).await?;
    if stands.unverified_since.is_none() {
        return Ok(false);
    }
    if stands.state != State::Closed {
        return Err(GateError::Elsewhere {
            scope: stands.scope,
            state: stands.state,
            epoch: stands.epoch,
        });
    }
    tx.exec(
        "UPDATE intake_gate SET unverified_since = NULL WHERE scope = $1",
        &[(&everything.scope.to_string()).into()],
    )
    .await?;
    let moved = Move::to(State::Closed, stands.epoch);
    history::add_with_leaf(tx, "intake.close", order, &everything, moved, false).await?;
    Ok(true)
}

/// Refuses while the database is not believed.
pub(crate) async fn refuse(tx: &mut Tx) -> Result<(), GateError> {
    let stands = status::status_in(tx, &Closing::everything().scope).await?;
    match stands.unverified_since {
        Some(_) => Err(GateError::Unverified),
        None => Ok(()),
    }
}
