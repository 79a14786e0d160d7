//! The customer takes the offer; offline due diligence starts (线上申请+线下尽调).

use base::problem::Code;
use client::applications::Application;
use domain::application::{ApplicationEvent, ApplicationState};
use domain::ids::{ApplicationId, EffectId, TaskId};
use domain::lane::Lane;
use domain::offer::{OfferEvent, OfferState};
use store::{applications, offers, tasks};

use crate::idempotent::Frame;
use crate::pre_approve::stored;
use crate::{Answer, Call, Refusal, World};

/// Workdays that an officer has for the report.
const REPORT_WORKDAYS: usize = 5;

/// The business date by which the report is due.
pub(crate) fn report_due<L: Lane>(world: &World<L>) -> String {
    let mut due = world.clock.today();
    for _ in 0..REPORT_WORKDAYS {
        due = world.calendar.next_workday(due);
    }
    due.to_string()
}

/// Accepts the offer of an application.
///
/// # Errors
/// An unknown application, a state that does not allow it, an expired offer, or
/// the database's refusal.
pub async fn accept<L: Lane>(world: &World<L>, call: Call, id: &str) -> Result<Answer, Refusal> {
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
                let state: ApplicationState = stored(&application.state)?;
                let next = state
                    .on(ApplicationEvent::Accept)?
                    .on(ApplicationEvent::StartDiligence)?;
                let Some(offer) = offers::of_application(tx, id.as_str()).await? else {
                    return Err(Refusal::not_found("offer"));
                };
                let offer_state: OfferState = stored(&offer.state)?;
                let taken = offer_state.on(OfferEvent::Accept)?;
                if offer.expires_at <= frame.now {
                    return Err(Refusal::plain(Code::OfferExpired));
                }
                offers::set_state(tx, &offer.id, taken.as_str()).await?;
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
                frame.audit(tx, "accept", id.as_str()).await?;
                frame.answer(tx, &answer).await?;
                Ok(answer)
            })
        })
        .await
}
