//! Destroys the key of a firm's raw answers, once it has revoked every consent.

use domain::ids::{FirmId, tail};
use domain::lane::Lane;
use store::outbox::Effect;
use store::{consents, outbox};
use vault::{Category, VaultError};

use crate::pre_approve::stored;
use crate::{Refusal, World};

/// The effect's kind in the outbox; its reference is the firm.
pub(crate) const KIND: &str = "shred";

/// Destroys it, unless the firm has consented to something again: what is pulled
/// under the new consent is sealed by the same key.
///
/// # Errors
/// A database's refusal; the effect is then tried again.
pub(crate) async fn carry_out<L: Lane>(world: &World<L>, effect: &Effect) -> Result<(), Refusal> {
    let (firm, now) = (effect.reference.clone(), world.clock.now_micros());
    let live = world
        .db
        .read(move |tx| Box::pin(async move { consents::any_live(tx, &firm, now).await }))
        .await?;
    let mut gone = None;
    if !live {
        let firm: FirmId = stored(&effect.reference)?;
        match world.vault.destroy(firm.uuid(), &[Category::Answers]).await {
            Ok(tombstone) => {
                let firm = tail(firm.as_str());
                tracing::info!(firm, tombstone, "the key of a firm's raw answers is destroyed");
            }
            // A key store that is older than the data: no key, nothing to destroy.
            Err(VaultError::NoSubject) => gone = Some("the key store has no keys of this firm"),
            Err(error) => return Err(error.into()),
        }
    }
    let number = effect.number;
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                match gone {
                    Some(why) => outbox::dead(tx, number, why).await?,
                    None => outbox::done(tx, number, now).await?,
                }
                Ok(())
            })
        })
        .await
}
