//! An enterprise takes a consent back: no later pull may cite it, and what was pulled
//! under it is erased.
//!
//! No law keeps a source's raw answer, so it goes in the revocation's own transaction
//! (PIPL, 47). The copies in logs and backups die with their key: once no consent of
//! the firm is live, the key of its raw answers is destroyed, by the outbox since the
//! key store is another database. Decisions keep their features and hashes.
//!
//! A revocation is in force once it has committed, and answered once a restore of the database can't undo it.

use base::problem::Code;
use client::firms::Consent;
use db::{DbError, Tx};
use domain::ids::{ConsentId, EffectId};
use domain::lane::Lane;
use store::{consents, firms, outbox, pulls, recovery};

use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World, shred};

/// Revokes a consent; doing it again changes nothing.
///
/// # Errors
/// An unknown consent, the database's refusal, or `ambiguous` while it can't be kept outside of the database.
pub async fn revoke_consent<L: Lane>(world: &World<L>, call: Call, id: &str) -> Result<Answer, Refusal> {
    let id: ConsentId = id.parse()?;
    let effect = EffectId::from_uuid(world.ids.next());
    let frame = Frame::new(world, call, id.as_str());
    let lane = world.lane.name();
    let revoked = id.clone();
    let answer = world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(replay);
                }
                let Some(consent) = consents::find(tx, id.as_str()).await? else {
                    return Err(Refusal::not_found("consent"));
                };
                let by = Revocation {
                    effect: effect.as_str(),
                    lane,
                    at: frame.now,
                };
                revoke_in(tx, id.as_str(), &consent.firm_id, by).await?;
                let answer = Answer::new(
                    200,
                    &Consent {
                        id: id.to_string(),
                        source: consent.source,
                        purpose: consent.purpose,
                        state: "revoked".to_owned(),
                    },
                )?;
                frame.audit(tx, "revoke_consent", id.as_str()).await?;
                frame.answer(tx, &answer).await?;
                Ok::<_, Refusal>(answer)
            })
        })
        .await?;
    // A replay, too: the one who asked first may not have been answered.
    keep(world, revoked).await?;
    Ok(answer)
}

/// Returns once the revocation is kept outside of the database, where anything is.
async fn keep<L: Lane>(world: &World<L>, consent: ConsentId) -> Result<(), Refusal> {
    let Some(outside) = &world.outside else {
        return Ok(());
    };
    let id = consent.clone();
    let at = world
        .db
        .read(move |tx| Box::pin(async move { recovery::revoked_at(tx, id.as_str()).await }));
    let Some(at) = at.await? else {
        return Ok(());
    };
    outside.revoked(consent, at).await.map_err(|error| {
        tracing::warn!(%error, "a revocation is in force and not yet kept outside of the database");
        Refusal::with(Code::Ambiguous, NOT_KEPT)
    })
}

const NOT_KEPT: &str = "the consent is revoked, and a restore of the database could still undo that: \
    repeat with the same Idempotency-Key until it is answered";

/// When, and what is promised with it.
pub(crate) struct Revocation<'a> {
    /// The id of the effect that destroys the firm's key, if it has to be.
    pub(crate) effect: &'a str,
    pub(crate) lane: &'a str,
    pub(crate) at: i64,
}

/// What a revocation is.
pub(crate) async fn revoke_in(tx: &mut Tx, id: &str, firm: &str, by: Revocation<'_>) -> Result<(), DbError> {
    // Two that are revoked at once must not each see the other live.
    firms::hold(tx, firm).await?;
    consents::revoke(tx, id, by.at).await?;
    pulls::erase_of_consent(tx, id, by.at).await?;
    if !consents::any_live(tx, firm, by.at).await? {
        outbox::insert(tx, by.effect, by.lane, shred::KIND, firm, by.at).await?;
    }
    Ok(())
}
