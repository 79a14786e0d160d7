//! Officers approve or reject: two different ones must approve.

use base::problem::Code;
use client::applications::{Application, Verdict};
use db::{ConstraintKind, DbError};
use domain::application::{ApplicationEvent, ApplicationState};
use domain::ids::{ApplicationId, EffectId};
use domain::lane::Lane;
use serde_json::json;
use store::{applications, approvals, tasks};

use crate::idempotent::Frame;
use crate::pre_approve::stored;
use crate::{Answer, Call, Refusal, World};

/// Approvals that an application needs (双人审批).
const NEEDED: usize = 2;

/// Records one officer's verdict. One rejection ends the application.
///
/// # Errors
/// A bad field, an unknown application, no satisfactory report yet, the same
/// officer twice, closed intake (for the second approval), or the database's refusal.
pub async fn approve<L: Lane>(
    world: &World<L>,
    call: Call,
    id: &str,
    body: Verdict,
) -> Result<Answer, Refusal> {
    let id: ApplicationId = id.parse()?;
    let event = match body.verdict.as_str() {
        "approve" => ApplicationEvent::Approve,
        "reject" => ApplicationEvent::Reject,
        _ => return Err(Refusal::field("verdict", "approve or reject")),
    };
    let effect = EffectId::from_uuid(world.ids.next());
    let frame = Frame::new(world, call, id.as_str());
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(replay);
                }
                let Some(application) = applications::hold(tx, id.as_str()).await? else {
                    return Err(Refusal::not_found("application"));
                };
                let state: ApplicationState = stored(&application.state)?;
                let decided = state.on(event)?;
                let task = tasks::of_application(tx, id.as_str()).await?;
                if task.is_none_or(|task| task.finding.as_deref() != Some("satisfactory")) {
                    return Err(Refusal::with(
                        Code::IllegalTransition,
                        "a satisfactory report comes first",
                    ));
                }
                let given = approvals::of_application(tx, id.as_str()).await?;
                if given.iter().any(|(officer, _)| officer == frame.principal()) {
                    return Err(Refusal::plain(Code::SameOfficer));
                }
                approvals::insert(
                    tx,
                    id.as_str(),
                    frame.principal(),
                    &body.verdict,
                    frame.digest(),
                    frame.now,
                )
                .await
                .map_err(same_officer)?;
                let enough = event == ApplicationEvent::Reject || given.len() + 1 >= NEEDED;
                let next = if enough { decided } else { state };
                applications::set_state(tx, id.as_str(), next.as_str(), frame.now).await?;
                let answer = Answer::new(
                    200,
                    &Application {
                        id: id.to_string(),
                        state: next.as_str().to_owned(),
                        amount: application.amount,
                        offer: None,
                        reasons: Vec::new(),
                        task_id: None,
                    },
                )?;
                if enough {
                    frame.promise(tx, effect.as_str(), "notice", id.as_str()).await?;
                }
                frame
                    .leave(
                        tx,
                        "application.approve",
                        id.as_str(),
                        json!({ "verdict": body.verdict }),
                    )
                    .await?;
                frame.audit(tx, "approve", id.as_str()).await?;
                frame.answer(tx, &answer).await?;
                Ok(answer)
            })
        })
        .await
}

fn same_officer(error: DbError) -> Refusal {
    match error {
        DbError::Constraint {
            kind: ConstraintKind::Unique,
            ..
        } => Refusal::plain(Code::SameOfficer),
        other => other.into(),
    }
}
