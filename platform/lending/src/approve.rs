//! Officers approve or reject: two different ones must approve.

use std::sync::Arc;

use auth::approvals::matter::{given, person};
use base::problem::Code;
use client::applications::{Application, Offer, Verdict};
use db::{ConstraintKind, DbError, Tx};
use domain::application::{ApplicationEvent, ApplicationState};
use domain::ids::{ApplicationId, EffectId, OfferId};
use domain::lane::Lane;
use domain::offer::OfferState;
use domain::product::Product;
use serde_json::{Value, json};
use store::approvals::{Given, Terms};
use store::{applications, approvals, offers, tasks};

use crate::idempotent::Frame;
use crate::pre_approve::{OFFER_STANDS, stored};
use crate::{Answer, Call, Refusal, World, agreement, terms};

/// Records one officer's verdict. One rejection ends the application. Where the
/// rules made no offer, the second approval makes one, on the terms that both
/// approvals say.
///
/// # Errors
/// Who is no person, a bad field, an unknown application, no satisfactory report yet,
/// the same officer twice, other terms than the first officer's, something else than what
/// the first one approved, closed intake (for the second approval), or the database's refusal.
pub async fn approve<L: Lane>(
    world: &World<L>,
    call: Call,
    id: &str,
    body: Verdict,
) -> Result<Answer, Refusal> {
    let who = call.who();
    person(&who)?;
    let id: ApplicationId = id.parse()?;
    let event = match body.verdict.as_str() {
        "approve" => ApplicationEvent::Approve,
        "reject" => ApplicationEvent::Reject,
        _ => return Err(Refusal::field("verdict", "approve or reject")),
    };
    let told = terms::told(&body)?;
    if event == ApplicationEvent::Reject {
        terms::none(told, "absent from a rejection")?;
    }
    let policy = Arc::clone(&world.policy);
    let offer_id = OfferId::from_uuid(world.ids.next());
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
                // Who turns down what nobody has taken up needs no report for it.
                if state != ApplicationState::InReview
                    && task
                        .as_ref()
                        .is_none_or(|task| task.finding.as_deref() != Some("satisfactory"))
                {
                    return Err(Refusal::with(
                        Code::IllegalTransition,
                        "a satisfactory report comes first",
                    ));
                }
                let earlier = approvals::of_application(tx, id.as_str()).await?;
                let mut verdicts = Vec::with_capacity(earlier.len());
                for verdict in &earlier {
                    verdicts.push(given(tx, &verdict.officer, &verdict.digest).await?);
                }
                if earlier.iter().any(|given| given.officer == frame.principal()) {
                    return Err(Refusal::plain(Code::SameOfficer));
                }
                let offered = offers::of_application(tx, id.as_str()).await?;
                let terms = match (event, &offered) {
                    (ApplicationEvent::Approve, None) => {
                        let product: Product = stored(&application.product)?;
                        let bounds = policy
                            .bounds(product)
                            .ok_or_else(|| Refusal::internal(&"a product without terms"))?;
                        Some(terms::agreed(
                            told,
                            bounds,
                            application.amount,
                            agreement::counted(&earlier, &verdicts),
                        )?)
                    }
                    (_, Some(_)) => {
                        terms::none(told, "absent: the accepted offer has the terms")?;
                        None
                    }
                    (_, None) => None,
                };
                let stands = terms.or(offered.map(|offer| Terms {
                    limit: offer.limit,
                    rate_ppm: offer.rate_ppm,
                }));
                let matter = agreement::matter(id.as_str(), &application, stands, task.as_ref())?;
                let enough =
                    event == ApplicationEvent::Reject || agreement::agreed(&matter, &who, &verdicts)?;
                let mine = Given {
                    officer: frame.principal().to_owned(),
                    verdict: body.verdict.clone(),
                    terms,
                    digest: matter.digest().to_owned(),
                };
                approvals::insert(tx, id.as_str(), &mine, frame.digest(), frame.now)
                    .await
                    .map_err(same_officer)?;
                let next = if enough { decided } else { state };
                let mut made = None;
                if let Some(terms) = terms.filter(|_| enough) {
                    made = Some(offer(tx, &id, offer_id, terms, frame.now).await?);
                }
                applications::set_state(tx, id.as_str(), next.as_str(), frame.now).await?;
                let answer = Answer::new(
                    200,
                    &Application {
                        id: id.to_string(),
                        state: next.as_str().to_owned(),
                        amount: application.amount,
                        offer: made,
                        reasons: Vec::new(),
                        task_id: None,
                    },
                )?;
                if enough {
                    frame.promise(tx, effect.as_str(), "notice", id.as_str()).await?;
                }
                frame
                    .leave(tx, "application.approve", id.as_str(), leaf(&mine))
                    .await?;
                frame.audit(tx, "approve", id.as_str()).await?;
                frame.answer(tx, &answer).await?;
                Ok(answer)
            })
        })
        .await
}

/// Makes the offer that two officers agreed on; the customer takes it by signing.
async fn offer(
    tx: &mut Tx,
    application: &ApplicationId,
    id: OfferId,
    terms: Terms,
    now: i64,
) -> Result<Offer, Refusal> {
    let offer = offers::Offer {
        id: id.to_string(),
        limit: terms.limit,
        rate_ppm: terms.rate_ppm,
        state: OfferState::Open.as_str().to_owned(),
        expires_at: now.saturating_add(OFFER_STANDS),
    };
    offers::insert(tx, application.as_str(), &offer, now).await?;
    Ok(Offer {
        id: offer.id,
        limit: offer.limit,
        rate_ppm: offer.rate_ppm,
        expires_at: offer.expires_at / 1_000_000,
    })
}

/// What the evidence says of a verdict.
fn leaf(given: &Given) -> Value {
    let mut body = json!({ "digest": given.digest, "verdict": given.verdict });
    if let Some(terms) = given.terms {
        body["limit"] = terms.limit.into();
        body["rate_ppm"] = terms.rate_ppm.into();
    }
    body
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
