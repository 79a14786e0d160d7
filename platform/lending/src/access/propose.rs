//! One person proposes an act that others must approve.

use auth::approvals::{ACTS, Standing, book};
use client::access::Propose;
use domain::ids::ProposalId;
use domain::lane::Lane;
use serde_json::{Map, Value};

use super::reopening;
use super::show::wire_proposal;
use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World};

/// Proposes.
///
/// # Errors
/// An act that is not in the catalogue, parameters that it does not take, a
/// caller who is no person or may not propose it, or the database's refusal.
pub async fn propose<L: Lane>(world: &World<L>, call: Call, body: Propose) -> Result<Answer, Refusal> {
    if !ACTS.iter().any(|act| act.name == body.act) {
        let known: Vec<&str> = ACTS.iter().map(|act| act.name).collect();
        return Err(Refusal::field("act", format!("one of {}", known.join(", "))));
    }
    let id = ProposalId::from_uuid(world.ids.next());
    let parameters: Map<String, Value> = body
        .parameters
        .into_iter()
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    let frame = Frame::new(world, call, "");
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(replay);
                }
                let (id, who) = (id.to_string(), frame.who());
                let proposal = book::propose(tx, id, &body.act, &parameters, &who, frame.now).await?;
                reopening::proposed(tx, &frame, &proposal).await?;
                let stands = Standing::Waiting(proposal.needed);
                let answer = Answer::new(201, &wire_proposal(&proposal, stands)?)?;
                frame.answer(tx, &answer).await?;
                frame.audit(tx, "propose", &proposal.id).await?;
                Ok(answer)
            })
        })
        .await
}
