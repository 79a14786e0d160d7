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
    let stands = gate::ask_in(tx, order, &agreed).await?;
    // The gate's row is held from here on. Who ordered a closing in earnest meanwhile keeps it shut.
    let sql = "SELECT COUNT(*) FROM intake_history WHERE epoch = $1 AND approval IS NULL AND reason <> $2";
    let others = tx.one(sql, &[epoch.into(), REASON.into()]).await?;
    if others.ok_or(GateError::NoRow)?.int(0)? > 0 {
        return Err(GateError::Elsewhere {
            scope: stands.scope,
            state: stands.state,
            epoch,
        });
    }
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
