//! Reopening what a proof closed itself, in its own name.
//!
//! In earnest two persons reopen. A proof closes a copy that nobody works on; it reopens the epoch that it closed and
//! no other, its name stands in the history as proposal, and each reopening leaves a leaf.

use db::{Db, Tx};
use evidence::Leaf;
use gate::{Agreed, GateError, Order};
use serde_json::json;

/// Why a proof closes; by this it knows its own closings again.
pub(crate) const REASON: &str = "proof on a test copy that nothing commits late";

/// Reopens what was closed at this epoch.
pub(crate) async fn reopen(gate: &Db, order: &Order, epoch: i64) -> Result<(), GateError> {
    let order = order.clone();
    let opened = gate.write_first(move |tx| Box::pin(async move { reopen_in(tx, &order, epoch).await }));
    opened.await?;
    // As in earnest, so that the next closing meets guards that do not look.
    gate::foreign::lower(gate).await?;
    Ok(())
}

async fn reopen_in(tx: &mut Tx, order: &Order, epoch: i64) -> Result<(), GateError> {
    let agreed = Agreed {
        proposal: format!("proof_{epoch}"),
        epoch,
    };
    gate::ask_in(tx, order, &agreed).await?;
    let open = gate::reopen_in(tx, order, &agreed).await?;
    let leaf = Leaf {
        origin: evidence::FINANCING,
        act: "intake.prove",
        actor: &order.actor,
        subject: &open.scope.to_string(),
        at: order.at,
        body: json!({ "closed_epoch": epoch, "epoch": open.epoch }),
    };
    evidence::leave(tx, leaf).await?;
    Ok(())
}
