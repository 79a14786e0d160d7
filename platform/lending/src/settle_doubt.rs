//! A person has asked core banking about a transaction that a closing ended with a draw in hand.

use client::operations::{IntakeDoubt, SettleDoubt};
use domain::lane::Lane;
use gate::doubts::{Doubt, Finding, Settled, settle_in};

use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World, parse};

/// Writes down what was found; once.
///
/// # Errors
/// A bad field, an unknown case, one that is settled already, or the database's refusal.
pub async fn settle_doubt<L: Lane>(
    world: &World<L>,
    call: Call,
    id: &str,
    body: SettleDoubt,
) -> Result<Answer, Refusal> {
    parse::text("reason", &body.reason, 200)?;
    let finding = Finding::named(&body.finding)
        .ok_or_else(|| Refusal::field("finding", "moved or not_moved".to_owned()))?;
    let id = id.to_owned();
    let frame = Frame::new(world, call, &id);
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(replay);
                }
                let settled = Settled {
                    finding,
                    reason: body.reason,
                    by: frame.principal().to_owned(),
                    at: frame.now,
                };
                let doubt = settle_in(tx, &id, &settled).await?;
                let answer = Answer::new(200, &wire_doubt(doubt))?;
                frame.answer(tx, &answer).await?;
                frame.audit(tx, "settle_doubt", &id).await?;
                Ok(answer)
            })
        })
        .await
}

pub(crate) fn wire_doubt(doubt: Doubt) -> IntakeDoubt {
    let settled = doubt.settled.as_ref();
    IntakeDoubt {
        id: doubt.id,
        epoch: doubt.epoch,
        pid: doubt.ended.pid,
        application: doubt.ended.application,
        role: doubt.ended.role,
        open_ms: doubt.ended.open_ms,
        at: doubt.at,
        finding: settled.map(|settled| settled.finding.as_str().to_owned()),
        reason: settled.map(|settled| settled.reason.clone()),
        settled_by: settled.map(|settled| settled.by.clone()),
        settled_at: settled.map(|settled| settled.at),
    }
}
