//! An enterprise takes a consent back: no later pull may cite it, and what was pulled
//! under it is erased.
//!
//! No law keeps a source's raw answer, so it goes in the revocation's own transaction
//! (PIPL, 47). The copies in logs and backups die with their key: once no consent of
//! the firm is live, the key of its raw answers is destroyed, by the outbox since the
//! key store is another database. Decisions keep their features and hashes.

use client::firms::Consent;
use domain::ids::{ConsentId, EffectId};
use domain::lane::Lane;
use store::{consents, firms, pulls};

use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World, shred};

/// Revokes a consent; doing it again changes nothing.
///
/// # Errors
/// An unknown consent, or the database's refusal.
pub async fn revoke_consent<L: Lane>(world: &World<L>, call: Call, id: &str) -> Result<Answer, Refusal> {
    let id: ConsentId = id.parse()?;
    let effect = EffectId::from_uuid(world.ids.next());
    let frame = Frame::new(world, call, id.as_str());
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(replay);
                }
                let Some(consent) = consents::find(tx, id.as_str()).await? else {
                    return Err(Refusal::not_found("consent"));
                };
                // Two that are revoked at once must not each see the other live.
                firms::hold(tx, &consent.firm_id).await?;
                consents::revoke(tx, id.as_str(), frame.now).await?;
                pulls::erase_of_consent(tx, id.as_str(), frame.now).await?;
                if !consents::any_live(tx, &consent.firm_id, frame.now).await? {
                    frame
                        .promise(tx, effect.as_str(), shred::KIND, &consent.firm_id)
                        .await?;
                }
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
                Ok(answer)
            })
        })
        .await
}
