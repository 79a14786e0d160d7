//! What was approved is done, exactly and once.

use auth::approvals::{Standing, book};
use client::access::Execute;
use domain::ids::ProposalId;
use domain::lane::Lane;

use super::parked::Effects;
use super::reopening;
use super::show::wire_proposal;
use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World};

/// What was approved is done, exactly and once.
///
/// # Errors
/// A caller who may not, a digest of something else, a proposal that is not approved, an act
/// that cannot be done any more, or the database's refusal.
pub async fn execute<L: Lane>(
    world: &World<L>,
    call: Call,
    id: &str,
    body: Execute,
) -> Result<Answer, Refusal> {
    let id: ProposalId = id.parse()?;
    let frame = Frame::new(world, call, id.as_str());
    let effects = Effects::of(world);
    let answer: Answer = world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(replay);
                }
                let (proposal, approved) =
                    book::execute(tx, id.as_str(), &body.digest, &frame.who(), frame.now).await?;
                if reopening::is_one(approved.act()) {
                    reopening::executed(tx, &frame, &proposal, &effects).await?;
                } else {
                    auth::perform(tx, approved, frame.now).await?;
                }
                let stands = Standing::Executed;
                let answer = Answer::new(200, &wire_proposal(&proposal, stands)?)?;
                frame.answer(tx, &answer).await?;
                frame.audit(tx, "execute", id.as_str()).await?;
                Ok::<_, Refusal>(answer)
            })
        })
        .await?;
    if !answer.replayed {
        // What was parked while intake was closed may go now.
        world.wake.notify_one();
    }
    Ok(answer)
}
