//! Reopening intake is an act of several persons: what each step of its proposal does to the gate.

use auth::approvals::{Proposal, Standing};
use base::problem::Code;
use db::Tx;
use gate::status::of_epoch;
use gate::{Agreed, Order};
use serde::Deserialize;

use super::parked::{self, Effects};
use super::time;
use crate::Refusal;
use crate::idempotent::Frame;

/// At once, by the hand of one who may.
const NOW: &str = "intake.reopen";
/// At a time, by the service.
pub(super) const LATER: &str = "intake.reopen_at";

const MINUTE: i64 = 60 * 1_000_000;

/// Whether an act is about intake.
pub(super) fn is_one(act: &str) -> bool {
    [NOW, LATER].contains(&act)
}

#[derive(Deserialize)]
struct Parameters {
    epoch: String,
    at: Option<String>,
    parked: Option<String>,
}

/// What a proposal is about.
pub(super) struct Asked {
    agreed: Agreed,
    /// When it is to happen, if it is to wait.
    pub(super) at: Option<i64>,
    /// Whether what is parked is cancelled; otherwise it goes on.
    cancels: bool,
}

/// What a proposal is about, if it is about intake.
pub(super) fn asked(proposal: &Proposal) -> Result<Option<Asked>, Refusal> {
    if !is_one(&proposal.act) {
        return Ok(None);
    }
    let parameters: Parameters =
        serde_json::from_str(&proposal.parameters).map_err(|error| Refusal::internal(&error))?;
    let number = |text: &str, field, what| text.parse().map_err(|_| Refusal::field(field, what));
    let agreed = Agreed {
        proposal: proposal.id.clone(),
        epoch: number(&parameters.epoch, "epoch", "the epoch at which intake is closed")?,
    };
    let at = parameters
        .at
        .as_deref()
        .map(|at| number(at, "at", "microseconds since the Unix epoch"));
    Ok(Some(Asked {
        agreed,
        at: at.transpose()?,
        cancels: parameters.parked.is_some(),
    }))
}

fn order(frame: &Frame, agreed: &Agreed, what: &str) -> Order {
    by(frame.principal(), frame.now, agreed, what)
}

fn by(actor: &str, at: i64, agreed: &Agreed, what: &str) -> Order {
    Order {
        actor: actor.to_owned(),
        reason: format!("{what} {}", agreed.proposal),
        incident: None,
        at,
        grace: Order::GRACE,
    }
}

/// It was proposed: intake waits for another person.
pub(super) async fn proposed(tx: &mut Tx, frame: &Frame, proposal: &Proposal) -> Result<(), Refusal> {
    if let Some(Asked { agreed, at, .. }) = asked(proposal)? {
        // The service looks once a second, and an instance may be away for a moment.
        let latest = proposal.expires_at - MINUTE;
        if at.is_some_and(|at| at <= frame.now || at > latest) {
            return Err(Refusal::field(
                "at",
                "a time from now on, a minute less than a day ahead at most",
            ));
        }
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
    let asked = asked(proposal)?;
    let time = asked.as_ref().and_then(|asked| asked.at);
    if stands == Standing::Approved && time.is_some_and(|at| at <= frame.now) {
        return Err(Refusal::with(
            Code::IllegalTransition,
            "its time is over: propose another",
        ));
    }
    if let (Some(Asked { agreed, .. }), Standing::Denied) = (asked, stands) {
        gate::deny_in(tx, &order(frame, &agreed, "denied in"), &agreed).await?;
    }
    Ok(())
}

/// It is carried out, by hand.
pub(super) async fn executed(
    tx: &mut Tx,
    frame: &Frame,
    proposal: &Proposal,
    effects: &Effects,
) -> Result<(), Refusal> {
    carried_out(tx, (frame.principal(), frame.now), proposal, effects).await
}

/// It is carried out, and not before its time.
pub(super) async fn carried_out(
    tx: &mut Tx,
    (actor, now): (&str, i64),
    proposal: &Proposal,
    effects: &Effects,
) -> Result<(), Refusal> {
    let Some(Asked { agreed, at, cancels }) = asked(proposal)? else {
        return Ok(());
    };
    if let Some(at) = at
        && time::certain(tx, now).await? < at
    {
        let text = "it was agreed on for a later time, and then happens by itself";
        return Err(Refusal::with(Code::IllegalTransition, text));
    }
    let mut order = by(actor, now, &agreed, "agreed in");
    if cancels && let Some(stands) = of_epoch(tx, agreed.epoch).await? {
        let count = parked::cancel(tx, &stands.scope, effects, now).await?;
        order
            .reason
            .push_str(&format!("; {count} parked draws cancelled"));
    }
    gate::reopen_in(tx, &order, &agreed).await?;
    Ok(())
}
