//! Reopening intake is an act of several persons: what each step of its proposal does to the gate.

use auth::approvals::{Approved, Proposal, Standing};
use db::Tx;
use gate::{Agreed, Order};
use serde::Deserialize;

use crate::Refusal;
use crate::idempotent::Frame;

pub(super) const ACT: &str = "intake.reopen";

#[derive(Deserialize)]
struct Parameters {
    epoch: String,
}

/// What a proposal is about, if it is about intake.
fn asked(proposal: &Proposal) -> Result<Option<Agreed>, Refusal> {
    if proposal.act != ACT {
        return Ok(None);
    }
    let parameters: Parameters =
        serde_json::from_str(&proposal.parameters).map_err(|error| Refusal::internal(&error))?;
    about(proposal, &parameters.epoch).map(Some)
}

fn about(proposal: &Proposal, epoch: &str) -> Result<Agreed, Refusal> {
    Ok(Agreed {
        proposal: proposal.id.clone(),
        epoch: epoch
            .parse()
            .map_err(|_| Refusal::field("epoch", "the epoch at which intake is closed"))?,
    })
}

fn order(frame: &Frame, agreed: &Agreed, what: &str) -> Order {
    Order {
        actor: frame.principal().to_owned(),
        reason: format!("{what} {}", agreed.proposal),
        incident: None,
        at: frame.now,
        grace: Order::GRACE,
    }
}

/// It was proposed: intake waits for another person.
pub(super) async fn proposed(tx: &mut Tx, frame: &Frame, proposal: &Proposal) -> Result<(), Refusal> {
    if let Some(agreed) = asked(proposal)? {
        gate::ask_in(tx, &order(frame, &agreed, "proposed in"), &agreed).await?;
    }
    Ok(())
}

/// It was judged: after a no, intake is closed as before.
pub(super) async fn judged(
    tx: &mut Tx,
    frame: &Frame,
    proposal: &Proposal,
    stands: Standing,
) -> Result<(), Refusal> {
    if let (Some(agreed), Standing::Denied) = (asked(proposal)?, stands) {
        gate::deny_in(tx, &order(frame, &agreed, "denied in"), &agreed).await?;
    }
    Ok(())
}

/// It is carried out.
pub(super) async fn executed(
    tx: &mut Tx,
    frame: &Frame,
    proposal: &Proposal,
    approved: &Approved,
) -> Result<(), Refusal> {
    let agreed = about(proposal, approved.parameter("epoch"))?;
    gate::reopen_in(tx, &order(frame, &agreed, "agreed in"), &agreed).await?;
    Ok(())
}
