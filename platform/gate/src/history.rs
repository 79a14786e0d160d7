//! What every move of the gate leaves behind: a row of history, a leaf of evidence.

use db::{DbError, Tx};
use evidence::{Commitment, Leaf};
use serde_json::json;

use crate::{EVERYTHING, GateError, Order, State, Terminated};

/// Where a move led to.
pub(crate) struct Move<'a> {
    pub(crate) state: State,
    pub(crate) epoch: i64,
    pub(crate) ended: &'a [Terminated],
}

/// Adds a row. The caller holds the gate's row lock, so numbers are dense.
/// Gives the commitment to the reason, for the leaf.
pub(crate) async fn add(tx: &mut Tx, order: &Order, moved: &Move<'_>) -> Result<String, GateError> {
    let commitment = Commitment::to(&order.reason)?;
    let ended = serde_json::to_string(moved.ended)
        .map_err(|error| DbError::Other(format!("the list of ended transactions: {error}")))?;
    tx.exec(
        "INSERT INTO intake_history \
         (number, scope, state, epoch, reason, reason_salt, actor, incident, terminated, at) \
         SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9 FROM intake_history",
        &[
            EVERYTHING.into(),
            moved.state.as_str().into(),
            moved.epoch.into(),
            (&order.reason).into(),
            (&commitment.salt).into(),
            (&order.actor).into(),
            (&order.incident).into(),
            (&ended).into(),
            order.at.into(),
        ],
    )
    .await?;
    Ok(commitment.digest)
}

/// Adds the row and leaves the one leaf of the operator's act. An order that
/// found the gate where it wanted it is an act too, and says that it changed nothing.
pub(crate) async fn add_with_leaf(
    tx: &mut Tx,
    act: &str,
    order: &Order,
    moved: Move<'_>,
    changed: bool,
) -> Result<(), GateError> {
    let reason = add(tx, order, &moved).await?;
    let ended: Vec<i64> = moved.ended.iter().map(|one| one.pid).collect();
    let body = json!({
        "changed": changed, "epoch": moved.epoch, "incident": order.incident,
        "reason_commitment": reason, "state": moved.state, "terminated": ended,
    });
    let leaf = Leaf {
        origin: evidence::FINANCING,
        act,
        actor: &order.actor,
        subject: EVERYTHING,
        at: order.at,
        body,
    };
    evidence::leave(tx, leaf).await?;
    Ok(())
}
