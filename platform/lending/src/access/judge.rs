//! Another person approves or rejects what was proposed.

use auth::approvals::book;
use client::access::Judge;
use domain::ids::ProposalId;
use domain::lane::Lane;

use super::reopening;
use super::show::wire_proposal;
use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World};

/// Another person approves or rejects what was proposed.
///
/// # Errors
/// A caller who may not, a digest of something else, a proposal that does not wait, or the
/// database's refusal.
pub async fn judge<L: Lane>(world: &World<L>, call: Call, id: &str, body: Judge) -> Result<Answer, Refusal> {
    let id: ProposalId = id.parse()?;
    let frame = Frame::new(world, call, id.as_str());
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(replay);
                }
                let (who, absent) = (frame.who(), body.for_absent.as_deref());
                let what = (id.as_str(), body.digest.as_str());
                let (proposal, stands) =
                    book::judge(tx, what, (&who, absent), body.approve, frame.now).await?;
                reopening::judged(tx, &frame, &proposal, stands).await?;
                let answer = Answer::new(200, &wire_proposal(&proposal, stands)?)?;
                frame.answer(tx, &answer).await?;
                frame.audit(tx, "judge", id.as_str()).await?;
                Ok(answer)
            })
        })
        .await
}
