//! Pre-approval: pull what is consented, decide, make an offer.
//!
//! Two transactions with the network between them: the first records each pull
//! together with the consent that allows it, the second the answers, the
//! decision and the offer.

use std::collections::BTreeMap;

use client::applications::{Application, Offer as WireOffer};
use db::Tx;
use decision::decision::{Decision, Outcome};
use decision::features::Features;
use domain::application::{ApplicationEvent, ApplicationState};
use domain::ids::{ApplicationId, DecisionId, EffectId, OfferId, PullId};
use domain::lane::Lane;
use domain::money::Money;
use domain::offer::OfferState;
use domain::product::{Product, Purpose, Source};
use serde_json::Value;
use sources::{SourceError, Subject};
use store::{applications, consents, decisions, firms, offers, pulls};
use vault::{Aad, Sealed};

use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World};

/// An offer stands for 30 days.
pub(crate) const OFFER_STANDS: i64 = 30 * 86_400_000_000;

/// The raw answer of a source is kept for 90 days, for the customer's questions
/// about a decision; the decision itself keeps features and hashes.
const RAW_KEPT: i64 = 90 * 86_400_000_000;

struct Started {
    application: applications::Application,
    subject: Subject,
    pulls: Vec<(Source, PullId)>,
}

struct Pulled {
    source: Source,
    id: PullId,
    result: Result<(Sealed<Value>, String), &'static str>,
}

/// Assesses an application: approve with an offer, refer to a person, or decline.
///
/// # Errors
/// An unknown application, a state that does not allow it, closed intake, or the
/// database's refusal. A source that fails is no error: missing data means review.
pub async fn pre_approve<L: Lane>(world: &World<L>, call: Call, id: &str) -> Result<Answer, Refusal> {
    let id: ApplicationId = id.parse()?;
    let frame = Frame::new(world, call, id.as_str());
    let (frame, started) = match start(world, frame, id.clone()).await? {
        (_, Err(replay)) => return Ok(replay),
        (frame, Ok(started)) => (frame, started),
    };
    let wanted: Vec<Source> = started.pulls.iter().map(|(source, _)| *source).collect();
    let results = world.sources.pull_all(&wanted, &started.subject).await;

    let mut answers = BTreeMap::new();
    let mut pulled = Vec::with_capacity(results.len());
    for (source, result) in results {
        let Some((_, pull)) = started.pulls.iter().find(|(asked, _)| *asked == source) else {
            continue;
        };
        let result = match result {
            Ok(answer) => {
                let aad = Aad {
                    table: "pulls",
                    column: "answer_sealed",
                    subject: pull.as_str(),
                };
                let sealed = (
                    world.vault.seal(&answer, aad),
                    hash(pull.as_str(), &answer.to_string()),
                );
                answers.insert(source, answer);
                Ok(sealed)
            }
            Err(error) => Err(failure(&error)),
        };
        pulled.push(Pulled {
            source,
            id: pull.clone(),
            result,
        });
    }
    let product: Product = crate::parse::value("product", &started.application.product)?;
    let features = Features::from_answers(&answers, world.clock.today());
    let asked = Money::fen(started.application.amount);
    let decision = world
        .policy
        .decide(&features, product, asked, started.application.term_months);
    conclude(world, frame, id, &features, decision, pulled).await
}

/// First transaction: the state allows it, and every pull cites a live consent.
async fn start<L: Lane>(
    world: &World<L>,
    frame: Frame,
    id: ApplicationId,
) -> Result<(Frame, Result<Started, Answer>), Refusal> {
    let pull_ids: Vec<PullId> = Source::ALL
        .iter()
        .map(|_| PullId::from_uuid(world.ids.next()))
        .collect();
    let vault = std::sync::Arc::clone(&world.vault);
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.replay(tx).await? {
                    return Ok((frame, Err(replay)));
                }
                let Some(application) = applications::hold(tx, id.as_str()).await? else {
                    return Err(Refusal::not_found("application"));
                };
                let state: ApplicationState = stored(&application.state)?;
                state.on(ApplicationEvent::PreApprove)?;
                let Some(firm) = firms::find(tx, &application.firm_id).await? else {
                    return Err(Refusal::not_found("firm"));
                };
                let aad = |column| Aad {
                    table: "firms",
                    column,
                    subject: &application.firm_id,
                };
                let subject = Subject {
                    credit_code: vault.open(&firm.credit_code, aad("credit_code_sealed"))?,
                    contact_id: vault.open(&firm.contact_id, aad("contact_id_sealed"))?,
                };
                let mut pulls = Vec::new();
                for (source, pull) in Source::ALL.iter().zip(pull_ids) {
                    let (name, purpose) = (source.as_str(), Purpose::PreApproval.as_str());
                    let consent = consents::live(tx, &application.firm_id, name, purpose, frame.now).await?;
                    if let Some(consent) = consent {
                        pulls::start(tx, pull.as_str(), id.as_str(), name, &consent, frame.now).await?;
                        pulls.push((*source, pull));
                    }
                }
                Ok((
                    frame,
                    Ok(Started {
                        application,
                        subject,
                        pulls,
                    }),
                ))
            })
        })
        .await
}

/// Second transaction: answers, decision, state and offer together.
async fn conclude<L: Lane>(
    world: &World<L>,
    frame: Frame,
    id: ApplicationId,
    features: &Features,
    decision: Decision,
    pulled: Vec<Pulled>,
) -> Result<Answer, Refusal> {
    let decision_id = DecisionId::from_uuid(world.ids.next());
    let offer_id = OfferId::from_uuid(world.ids.next());
    let effect = EffectId::from_uuid(world.ids.next());
    let canonical = features
        .to_canonical()
        .map_err(|error| Refusal::internal(&error))?;
    let features_hash = hash(decision_id.as_str(), &canonical);
    let value: Value = serde_json::from_str(&canonical).map_err(|error| Refusal::internal(&error))?;
    let aad = Aad {
        table: "decisions",
        column: "features_sealed",
        subject: decision_id.as_str(),
    };
    let sealed = world.vault.seal(&value, aad);
    let reasons = serde_json::to_string(&decision.reasons).map_err(|error| Refusal::internal(&error))?;
    let done_at = world.clock.now_micros();

    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(replay);
                }
                record_pulls(tx, &pulled, done_at).await?;
                let Some(application) = applications::hold(tx, id.as_str()).await? else {
                    return Err(Refusal::not_found("application"));
                };
                let state: ApplicationState = stored(&application.state)?;
                let next = state.on(match decision.outcome {
                    Outcome::Approve => ApplicationEvent::PreApprove,
                    Outcome::Review => ApplicationEvent::Refer,
                    Outcome::Decline => ApplicationEvent::Decline,
                })?;
                let new = decisions::NewDecision {
                    id: decision_id.as_str(),
                    application_id: id.as_str(),
                    outcome: decision.outcome.as_str(),
                    score: decision.score,
                    rules_version: &decision.rules_version,
                    model_version: &decision.model_version,
                    reasons: &reasons,
                    features: &sealed,
                    features_hash: &features_hash,
                    at: done_at,
                };
                decisions::insert(tx, &new).await?;
                applications::set_state(tx, id.as_str(), next.as_str(), done_at).await?;
                let mut wire = None;
                if decision.outcome == Outcome::Approve {
                    let offer = offers::Offer {
                        id: offer_id.to_string(),
                        limit: decision.limit.as_fen(),
                        rate_ppm: decision.rate.as_ppm(),
                        state: OfferState::Open.as_str().to_owned(),
                        expires_at: done_at.saturating_add(OFFER_STANDS),
                    };
                    offers::insert(tx, id.as_str(), &offer, &reasons, done_at).await?;
                    wire = Some(WireOffer {
                        id: offer.id,
                        limit: offer.limit,
                        rate_ppm: offer.rate_ppm,
                        expires_at: offer.expires_at / 1_000_000,
                    });
                }
                let answer = Answer::new(
                    200,
                    &Application {
                        id: id.to_string(),
                        state: next.as_str().to_owned(),
                        amount: application.amount,
                        offer: wire,
                        reasons: decision.reasons.iter().map(ToString::to_string).collect(),
                        task_id: None,
                    },
                )?;
                frame.promise(tx, effect.as_str(), "notice", id.as_str()).await?;
                frame.audit(tx, "pre_approve", id.as_str()).await?;
                frame.answer(tx, &answer).await?;
                Ok(answer)
            })
        })
        .await
}

async fn record_pulls(tx: &mut Tx, pulled: &[Pulled], at: i64) -> Result<(), Refusal> {
    for pull in pulled {
        match &pull.result {
            Ok((sealed, hash)) => {
                pulls::answered(
                    tx,
                    pull.id.as_str(),
                    sealed,
                    hash,
                    at,
                    at.saturating_add(RAW_KEPT),
                )
                .await?;
            }
            Err(failure) => {
                tracing::warn!(source = pull.source.as_str(), failure, "a source did not answer");
                pulls::failed(tx, pull.id.as_str(), failure, at).await?;
            }
        }
    }
    Ok(())
}

/// What is stored of a failure: its kind, never its text.
fn failure(error: &SourceError) -> &'static str {
    match error {
        SourceError::Timeout => "timeout",
        SourceError::Open => "breaker_open",
        SourceError::Full => "bulkhead_full",
        SourceError::BadAnswer(_) => "bad_answer",
        _ => "broken",
    }
}

/// Salted by the row's id: a hash of few plausible values could be reversed by trying them.
fn hash(salt: &str, text: &str) -> String {
    client::digest::request_digest(salt, text.as_bytes())
}

/// A state as the database holds it; an unknown one is a bug, not the caller's fault.
pub(crate) fn stored<T>(text: &str) -> Result<T, Refusal>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Refusal::internal(&error))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_hash_depends_on_its_salt() {
        assert_ne!(super::hash("dec_1", "{}"), super::hash("dec_2", "{}"));
    }
}
