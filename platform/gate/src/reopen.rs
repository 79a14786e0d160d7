//! Reopening: one person asks for it, and it is done when another has agreed.
//!
//! Each step is taken in the transaction of the approval that it belongs to, whose leaf is the
//! evidence of it. No lock is needed: whoever read the state before is refused, whoever reads it
//! after is let in, and neither breaks a promise.

use db::Tx;

use crate::history::{self, Move};
use crate::{EVERYTHING, GateError, Order, State, Status, seal, status};

/// What is agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// The proposal's id.
    pub proposal: String,
    /// The epoch that it is about: a closing that came later is not undone by it.
    pub epoch: i64,
}

/// Where nothing is in flight any more. Not `closing`, whose closer may have died before it waited for
/// that: a no would then make it `closed`, and the next close be acknowledged without waiting. Such a
/// closing is finished first, by closing again.
const SHUT: &[State] = &[State::Closed, State::Reopening];

/// Says that a reopening waits for another person; new business stays refused.
///
/// # Errors
/// [`GateError::Elsewhere`] when the gate is open, still closing, or at another epoch.
pub async fn ask_in(tx: &mut Tx, order: &Order, agreed: &Agreed) -> Result<Status, GateError> {
    shift(tx, order, agreed, (SHUT, State::Reopening)).await
}

/// Somebody said no: what waited is closed as before. Changes nothing if it does not wait.
///
/// # Errors
/// The database's refusal.
pub async fn deny_in(tx: &mut Tx, order: &Order, agreed: &Agreed) -> Result<(), GateError> {
    match shift(tx, order, agreed, (&[State::Reopening], State::Closed)).await {
        Ok(_) | Err(GateError::Elsewhere { .. }) => Ok(()),
        Err(other) => Err(other),
    }
}

/// Opens the gate; durable when the transaction has committed.
///
/// # Errors
/// [`GateError::Elsewhere`] when the gate is open, or was closed anew, or is being.
pub async fn reopen_in(tx: &mut Tx, order: &Order, agreed: &Agreed) -> Result<Status, GateError> {
    shift(tx, order, agreed, (SHUT, State::Open)).await
}

async fn shift(
    tx: &mut Tx,
    order: &Order,
    agreed: &Agreed,
    (from, to): (&[State], State),
) -> Result<Status, GateError> {
    order.check()?;
    seal::prepare(tx, order.grace).await?;
    seal::hold_row(tx).await?;
    let stands = status::status_in(tx).await?;
    let elsewhere = GateError::Elsewhere {
        state: stands.state,
        epoch: stands.epoch,
    };
    if stands.epoch != agreed.epoch || !from.contains(&stands.state) {
        return Err(elsewhere);
    }
    if to == State::Open && !still_stands(tx, &agreed.proposal).await? {
        return Err(elsewhere);
    }
    // It is the same incident until it is over.
    let order = Order {
        incident: order.incident.clone().or(stands.incident),
        ..order.clone()
    };
    if to == State::Open {
        tx.exec(
            "UPDATE intake_gate \
             SET state = $1, epoch = epoch + 1, reason = $2, actor = $3, incident = $4, changed_at = $5 \
             WHERE scope = $6",
            &[
                to.as_str().into(),
                (&order.reason).into(),
                (&order.actor).into(),
                (&order.incident).into(),
                order.at.into(),
                EVERYTHING.into(),
            ],
        )
        .await?;
    } else {
        // Who closed and why goes on to be shown: it is as shut as before.
        tx.exec(
            "UPDATE intake_gate SET state = $1 WHERE scope = $2",
            &[to.as_str().into(), EVERYTHING.into()],
        )
        .await?;
    }
    let status = status::status_in(tx).await?;
    let moved = Move {
        state: status.state,
        epoch: status.epoch,
        ended: &[],
        approval: Some(&agreed.proposal),
    };
    history::add(tx, &order, &moved).await?;
    Ok(status)
}

/// Whether nobody has ordered a closing since the proposal asked: an order that found intake shut
/// brings no epoch of its own, and is not undone either.
async fn still_stands(tx: &mut Tx, proposal: &str) -> Result<bool, GateError> {
    let sql = "SELECT (SELECT MAX(number) FROM intake_history WHERE approval = $1 AND state = $2), \
               (SELECT MAX(number) FROM intake_history WHERE approval IS NULL)";
    let row = tx
        .one(sql, &[proposal.into(), State::Reopening.as_str().into()])
        .await?
        .ok_or(GateError::NoRow)?;
    let (asked, closed) = (row.opt_int(0)?, row.opt_int(1)?);
    Ok(asked.is_some_and(|asked| closed.is_none_or(|closed| closed < asked)))
}
