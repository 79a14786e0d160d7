//! Pre-approval: pull what is consented, decide, make an offer.
//!
//! Two transactions with the network between them: the first records each pull
//! together with the consent that allows it, the second the answers, the
//! decision and the offer. The second holds the cited consents first: if one was
//! revoked in between, its answer is thrown away unread and the decision is taken anew
//! without that source.

use std::collections::BTreeMap;

use client::applications::{Application, Offer as WireOffer};
use db::Tx;
use decision::decision::{Decision, Outcome};
use decision::features::Features;
use domain::application::{ApplicationEvent, ApplicationState};
use domain::ids::{ApplicationId, DecisionId, EffectId, FirmId, OfferId, PullId};
use domain::lane::Lane;
use domain::money::Money;
use domain::offer::OfferState;
use domain::product::{Product, Purpose, Source};
use serde_json::Value;
use sources::{SourceError, Subject};
use store::{applications, consents, decisions, firms, offers, pulls, sealed};
use vault::{Keys, OpenError, Sealed, SealedColumn};

use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World, findings, firm_keys};

/// An offer stands for 30 days.
pub(crate) const OFFER_STANDS: i64 = 30 * 86_400_000_000;

/// The raw answer of a source is kept for 90 days, for the customer's questions
/// about a decision; the decision itself keeps features and hashes.
const RAW_KEPT: i64 = 90 * 86_400_000_000;

struct Started {
    application: applications::Application,
    firm: firms::Firm,
    pulls: Vec<Cited>,
}

/// A pull and the consent that allows it.
#[derive(Clone)]
struct Cited {
    source: Source,
    id: PullId,
    consent: String,
}

#[derive(Clone)]
struct Pulled {
    cited: Cited,
    result: Result<Kept, &'static str>,
}

/// What is kept of an answer.
#[derive(Clone)]
struct Kept {
    /// None once the firm's key of raw answers was destroyed.
    raw: Option<Sealed<Value>>,
    /// None then, too: it is under the same key.
    hash: Option<String>,
}

enum Concluded {
    Done(Answer),
    /// These consents were revoked; nothing was written.
    Revoked(Vec<String>),
}

/// Assesses an application: approve with an offer, refer to a person, or decline.
///
/// # Errors
/// An unknown application, a state that does not allow it, closed intake, or the
/// database's refusal. A source that fails is no error: missing data means review.
pub async fn pre_approve<L: Lane>(world: &World<L>, call: Call, id: &str) -> Result<Answer, Refusal> {
    let id: ApplicationId = id.parse()?;
    let answer = decide(world, call, &id).await?;
    if answer.replayed {
        return as_answered(world, answer, &id).await;
    }
    Ok(answer)
}

/// The stored answer as it was given: the reasons are stored sealed with the decision, and nowhere else.
async fn as_answered<L: Lane>(
    world: &World<L>,
    answer: Answer,
    id: &ApplicationId,
) -> Result<Answer, Refusal> {
    let mut shown: Application =
        serde_json::from_str(&answer.json).map_err(|error| Refusal::internal(&error))?;
    let id = id.clone();
    let found = world.db.read(move |tx| {
        Box::pin(async move {
            let application = applications::find(tx, id.as_str()).await?;
            Ok::<_, Refusal>(application.zip(decisions::findings(tx, id.as_str()).await?))
        })
    });
    if let Some((application, findings)) = found.await? {
        shown.reasons = findings::reasons(world, &stored(&application.firm_id)?, findings).await?;
    }
    Ok(Answer {
        replayed: true,
        ..Answer::new(answer.status, &shown)?
    })
}

async fn decide<L: Lane>(world: &World<L>, call: Call, id: &ApplicationId) -> Result<Answer, Refusal> {
    let frame = Frame::new(world, call, id.as_str());
    let (frame, started) = match start(world, frame, id.clone()).await? {
        (_, Err(replay)) => return Ok(replay),
        (frame, Ok(started)) => (frame, started),
    };
    let firm: FirmId = stored(&started.application.firm_id)?;
    let keys = firm_keys::of(world, &firm).await?;
    let place = |column| sealed::at(column, firm.as_str());
    let wanted: Vec<Source> = started.pulls.iter().map(|pull| pull.source).collect();
    let contact_id = match wanted.iter().any(|source| source.needs_contact()) {
        true => Some(keys.open(place(&sealed::CONTACT_ID), &started.firm.contact_id)?),
        false => None,
    };
    let subject = Subject {
        credit_code: keys.open(place(&sealed::CREDIT_CODE), &started.firm.credit_code)?,
        contact_id,
    };
    let results = world.sources.pull_all(&wanted, &subject).await;

    let mut answers = BTreeMap::new();
    let mut pulled = Vec::with_capacity(results.len());
    for (source, result) in results {
        let Some(cited) = started.pulls.iter().find(|pull| pull.source == source) else {
            continue;
        };
        let result = match result {
            Ok(answer) => {
                let kept = keep(&keys, &cited.id, &answer)?;
                answers.insert(source, answer);
                Ok(kept)
            }
            Err(error) => Err(failure(&error)),
        };
        pulled.push(Pulled {
            cited: cited.clone(),
            result,
        });
    }
    let product: Product = crate::parse::value("product", &started.application.product)?;
    let asked = Money::fen(started.application.amount);
    // Each turn but the last takes at least one source away.
    loop {
        let features = Features::from_answers(&answers, world.clock.today());
        let decision = world
            .policy
            .decide(&features, product, asked, started.application.term_months);
        let concluded = conclude(
            world,
            frame.clone(),
            id.clone(),
            &keys,
            &features,
            decision,
            pulled.clone(),
        );
        let revoked = match concluded.await? {
            Concluded::Done(answer) => return Ok(answer),
            Concluded::Revoked(consents) => consents,
        };
        for pull in pulled
            .iter_mut()
            .filter(|pull| revoked.contains(&pull.cited.consent))
        {
            answers.remove(&pull.cited.source);
            pull.result = Err("consent_revoked");
        }
    }
}

/// The raw answer sealed, unless its key was destroyed, and its hash.
fn keep(keys: &Keys, pull: &PullId, answer: &Value) -> Result<Kept, Refusal> {
    let raw = match keys.seal(sealed::at(&sealed::ANSWER, pull.as_str()), answer) {
        Ok(raw) => Some(raw),
        // The firm had revoked everything before: what comes later is used and not kept.
        Err(OpenError::Destroyed) => None,
        Err(error) => return Err(error.into()),
    };
    let hash = match hash(keys, &sealed::ANSWER, pull.as_str(), &answer.to_string()) {
        Ok(hash) => Some(hash),
        Err(OpenError::Destroyed) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Kept { raw, hash })
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
                let mut pulls = Vec::new();
                for (source, pull) in Source::ALL.iter().zip(pull_ids) {
                    let (name, purpose) = (source.as_str(), Purpose::PreApproval.as_str());
                    let consent = consents::live(tx, &application.firm_id, name, purpose, frame.now).await?;
                    if let Some(consent) = consent {
                        pulls::start(tx, pull.as_str(), id.as_str(), name, &consent, frame.now).await?;
                        pulls.push(Cited {
                            source: *source,
                            id: pull,
                            consent,
                        });
                    }
                }
                Ok((
                    frame,
                    Ok(Started {
                        application,
                        firm,
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
    keys: &Keys,
    features: &Features,
    decision: Decision,
    pulled: Vec<Pulled>,
) -> Result<Concluded, Refusal> {
    let decision_id = DecisionId::from_uuid(world.ids.next());
    let offer_id = OfferId::from_uuid(world.ids.next());
    let effect = EffectId::from_uuid(world.ids.next());
    let canonical = features
        .to_canonical()
        .map_err(|error| Refusal::internal(&error))?;
    let features_hash = hash(keys, &sealed::DECISION_FEATURES, decision_id.as_str(), &canonical)?;
    let value: Value = serde_json::from_str(&canonical).map_err(|error| Refusal::internal(&error))?;
    let sealed = keys.seal(
        sealed::at(&sealed::DECISION_FEATURES, decision_id.as_str()),
        &value,
    )?;
    let findings = findings::seal(keys, decision_id.as_str(), &decision)?;
    let done_at = world.clock.now_micros();

    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                // In the order of the first transaction, so that two never wait for each other.
                let Some(application) = applications::hold(tx, id.as_str()).await? else {
                    return Err(Refusal::not_found("application"));
                };
                let answered = pulled.iter().filter(|pull| pull.result.is_ok());
                let cited: Vec<&str> = answered.map(|pull| pull.cited.consent.as_str()).collect();
                let revoked = consents::hold_revoked(tx, &cited).await?;
                if !revoked.is_empty() {
                    return Ok(Concluded::Revoked(revoked));
                }
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(Concluded::Done(replay));
                }
                record_pulls(tx, &pulled, done_at).await?;
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
                    rules_version: &decision.rules_version,
                    model_version: &decision.model_version,
                    findings: &findings,
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
                    offers::insert(tx, id.as_str(), &offer, done_at).await?;
                    wire = Some(WireOffer {
                        id: offer.id,
                        limit: offer.limit,
                        rate_ppm: offer.rate_ppm,
                        expires_at: offer.expires_at / 1_000_000,
                    });
                }
                let mut shown = Application {
                    id: id.to_string(),
                    state: next.as_str().to_owned(),
                    amount: application.amount,
                    offer: wire,
                    reasons: Vec::new(),
                    task_id: None,
                };
                let kept = Answer::new(200, &shown)?;
                shown.reasons = decision.reasons.iter().map(ToString::to_string).collect();
                let answer = Answer::new(200, &shown)?;
                frame.promise(tx, effect.as_str(), "notice", id.as_str()).await?;
                frame.audit(tx, "pre_approve", id.as_str()).await?;
                frame.answer(tx, &kept).await?;
                Ok(Concluded::Done(answer))
            })
        })
        .await
}

async fn record_pulls(tx: &mut Tx, pulled: &[Pulled], at: i64) -> Result<(), Refusal> {
    for pull in pulled {
        let id = pull.cited.id.as_str();
        match &pull.result {
            Ok(Kept { raw, hash }) => {
                let until = at.saturating_add(RAW_KEPT);
                pulls::answered(tx, id, raw.as_ref(), hash.as_deref(), at, until).await?;
            }
            Err(failure) => {
                tracing::warn!(
                    source = pull.cited.source.as_str(),
                    failure,
                    "no answer of a source"
                );
                pulls::failed(tx, id, failure, at).await?;
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

/// Under the firm's own key: a hash of few plausible values could be reversed by trying them,
/// also after what it is of was erased. With the key it can't be, and goes with it.
fn hash(keys: &Keys, column: &'static SealedColumn, row: &str, text: &str) -> Result<String, OpenError> {
    let committed = keys.commit(sealed::at(column, row), text.as_bytes())?;
    Ok(client::digest::request_digest(row, &committed))
}

/// A state as the database holds it; an unknown one is a bug, not the caller's fault.
pub(crate) fn stored<T>(text: &str) -> Result<T, Refusal>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Refusal::internal(&error))
}
