//! Reopening: one person asks for it, and it is done when another has agreed.
//!
//! Each step is taken in the transaction of the approval that it belongs to, whose leaf is the
//! evidence of it. No lock is needed: whoever read the state before is refused, whoever reads it
//! after is let in, and neither breaks a promise.

use db::Tx;

use crate::history::{self, Move};
use crate::{Closing, GateError, Order, Scope, State, Status, row, seal, status, unverified};

/// What is agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// The proposal's id.
    pub proposal: String,
    /// The epoch of the closing that it is about, and so its scope: a closing that came later is not undone by it.
    pub epoch: i64,
}

/// Where nothing is in flight any more. Not `closing`, whose closer may have died before it waited for
/// that: a no would then make it `closed`, and the next close be acknowledged without waiting. Such a
/// closing is finished first, by closing again.
const SHUT: &[State] = &[State::Closed, State::Reopening];

/// Says that a reopening waits for another person; new business stays refused.
///
/// # Errors
/// [`GateError::Elsewhere`] when the gate is open, still closing, or at another epoch; [`GateError::Unverified`].
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
/// [`GateError::Elsewhere`] when the gate is open, or was closed anew, or is being; [`GateError::Unverified`].
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
    row::hold(tx).await?;
    // A no is always right.
    if to != State::Closed {
        unverified::refuse(tx).await?;
    }
    let Some(stands) = status::of_epoch(tx, agreed.epoch).await? else {
        return Err(moved_on(tx, agreed).await?);
    };
    let elsewhere = GateError::Elsewhere {
        scope: stands.scope.clone(),
        state: stands.state,
        epoch: stands.epoch,
    };
    if !from.contains(&stands.state) {
        return Err(elsewhere);
    }
    if to == State::Open && !still_stands(tx, agreed, &stands.scope).await? {
        return Err(elsewhere);
    }
    // It is the same incident until it is over.
    let order = Order {
        incident: order.incident.clone().or(stands.incident),
        ..order.clone()
    };
    let of = Closing {
        scope: stands.scope,
        ..Closing::default()
    };
    let mut epoch = stands.epoch;
    if to == State::Open {
        epoch = row::next_epoch(tx).await?;
        row::write(tx, &order, &of, (to, epoch)).await?;
    } else {
        // Who closed and why goes on to be shown: it is as shut as before.
        tx.exec(
            "UPDATE intake_gate SET state = $1 WHERE scope = $2",
            &[to.as_str().into(), (&of.scope.to_string()).into()],
        )
        .await?;
    }
    let moved = Move {
        approval: Some(&agreed.proposal),
        ..Move::to(to, epoch)
    };
    history::add(tx, &order, &of, &moved).await?;
    status::status_in(tx, &of.scope).await
}

/// Where the gate is now, for a closing that was reopened, or followed by another.
async fn moved_on(tx: &mut Tx, agreed: &Agreed) -> Result<GateError, GateError> {
    let sql = "SELECT scope FROM intake_history WHERE epoch = $1 ORDER BY number DESC LIMIT 1";
    let row = tx.one(sql, &[agreed.epoch.into()]).await?;
    let scope = row.map_or(Ok(Scope::everything()), |row| {
        row.text(0)?.parse::<Scope>().map_err(GateError::from)
    })?;
    let stands = status::status_in(tx, &scope).await?;
    Ok(GateError::Elsewhere {
        scope,
        state: stands.state,
        epoch: stands.epoch,
    })
}

/// Whether nobody has ordered a closing since the proposal asked: an order that found intake shut
/// brings no epoch of its own, and is not undone either.
async fn still_stands(tx: &mut Tx, agreed: &Agreed, scope: &Scope) -> Result<bool, GateError> {
    let sql = "SELECT MAX(CASE WHEN approval = $1 AND state = $2 THEN number END), \
               MAX(CASE WHEN approval IS NULL THEN number END) FROM intake_history WHERE scope = $3";
    let scope = scope.to_string();
    let parameters = [
        (&agreed.proposal).into(),
        State::Reopening.as_str().into(),
        (&scope).into(),
    ];
    let row = tx.one(sql, &parameters).await?.ok_or(GateError::NoRow)?;
    let (asked, closed) = (row.opt_int(0)?, row.opt_int(1)?);
    Ok(asked.is_some_and(|asked| closed.is_none_or(|closed| closed < asked)))
}
