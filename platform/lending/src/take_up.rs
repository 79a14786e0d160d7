//! An officer takes up what the rules referred to a person: due diligence
//! starts without an offer, and the two approvals bring the terms.

use client::applications::Application;
use domain::application::{ApplicationEvent, ApplicationState};
use domain::ids::{ApplicationId, EffectId, TaskId};
use domain::lane::Lane;
use serde_json::json;
use store::{applications, tasks};

use crate::accept::report_due;
use crate::idempotent::Frame;
use crate::pre_approve::stored;
use crate::{Answer, Call, Refusal, World};

/// Takes up an application that is in review.
///
/// # Errors
/// An unknown application, a state that does not allow it, or the database's refusal.
pub async fn take_up<L: Lane>(world: &World<L>, call: Call, id: &str) -> Result<Answer, Refusal> {
    let id: ApplicationId = id.parse()?;
    let task = TaskId::from_uuid(world.ids.next());
    let effect = EffectId::from_uuid(world.ids.next());
    let due = report_due(world);
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
                let next = stored::<ApplicationState>(&application.state)?.on(ApplicationEvent::TakeUp)?;
                applications::set_state(tx, id.as_str(), next.as_str(), frame.now).await?;
                tasks::open(tx, task.as_str(), id.as_str(), &due, frame.now).await?;
                let answer = Answer::new(
                    200,
                    &Application {
                        id: id.to_string(),
                        state: next.as_str().to_owned(),
                        amount: application.amount,
                        offer: None,
                        reasons: Vec::new(),
                        task_id: Some(task.to_string()),
                    },
                )?;
                frame
                    .promise(tx, effect.as_str(), "notice", task.as_str())
                    .await?;
                frame
                    .leave(
                        tx,
                        "application.take_up",
                        id.as_str(),
                        json!({ "task": task.as_str() }),
                    )
                    .await?;
                frame.audit(tx, "take_up", id.as_str()).await?;
                frame.answer(tx, &answer).await?;
                Ok(answer)
            })
        })
        .await
}
