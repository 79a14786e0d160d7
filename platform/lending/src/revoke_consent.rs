//! An enterprise takes a consent back: no later pull may cite it.

use client::firms::Consent;
use domain::ids::ConsentId;
use domain::lane::Lane;
use store::consents;

use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World};

/// Revokes a consent; doing it again changes nothing.
///
/// # Errors
/// An unknown consent, or the database's refusal.
pub async fn revoke_consent<L: Lane>(world: &World<L>, call: Call, id: &str) -> Result<Answer, Refusal> {
    let id: ConsentId = id.parse()?;
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
                consents::revoke(tx, id.as_str(), frame.now).await?;
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
