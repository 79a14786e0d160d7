//! An enterprise lets one source be asked for one purpose.

use client::firms::{Consent, GiveConsent};
use domain::ids::{ConsentId, FirmId};
use domain::lane::Lane;
use domain::product::{Purpose, Source};
use store::consents::{self, NewConsent};
use store::firms;

use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World, parse};

/// The longest consent, in days: three years.
const MOST_DAYS: i64 = 1095;

/// A consent that was checked and has its id.
pub(crate) struct Checked {
    pub(crate) id: ConsentId,
    pub(crate) source: Source,
    pub(crate) purpose: Purpose,
    /// Microseconds from now.
    pub(crate) lasts: i64,
}

/// Checks a consent of a body.
pub(crate) fn check<L: Lane>(world: &World<L>, body: &GiveConsent) -> Result<Checked, Refusal> {
    let days = parse::within("days", i64::from(body.days), 1, MOST_DAYS)?;
    Ok(Checked {
        id: ConsentId::from_uuid(world.ids.next()),
        source: parse::value("source", &body.source)?,
        purpose: parse::value("purpose", &body.purpose)?,
        lasts: days.saturating_mul(86_400_000_000),
    })
}

/// Writes consents of a firm that exists.
pub(crate) async fn record(
    tx: &mut db::Tx,
    frame: &Frame,
    firm_id: &FirmId,
    given: &[Checked],
) -> Result<(), Refusal> {
    let new: Vec<NewConsent<'_>> = given
        .iter()
        .map(|consent| NewConsent {
            id: consent.id.as_str(),
            firm_id: firm_id.as_str(),
            source: consent.source.as_str(),
            purpose: consent.purpose.as_str(),
            digest: frame.digest(),
            granted_at: frame.now,
            expires_at: frame.now.saturating_add(consent.lasts),
        })
        .collect();
    consents::insert(tx, &new).await?;
    Ok(())
}

/// Gives a consent.
///
/// # Errors
/// A bad field, an unknown firm, or the database's refusal.
pub async fn give_consent<L: Lane>(
    world: &World<L>,
    call: Call,
    firm: &str,
    body: GiveConsent,
) -> Result<Answer, Refusal> {
    let firm_id: FirmId = firm.parse()?;
    let consent = check(world, &body)?;
    let answer = Answer::new(
        201,
        &Consent {
            id: consent.id.to_string(),
            source: body.source,
            purpose: body.purpose,
            state: "live".to_owned(),
        },
    )?;
    let frame = Frame::new(world, call, firm_id.as_str());
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, Some(&answer)).await? {
                    return Ok(replay);
                }
                if firms::find(tx, firm_id.as_str()).await?.is_none() {
                    return Err(Refusal::not_found("firm"));
                }
                record(tx, &frame, &firm_id, std::slice::from_ref(&consent)).await?;
                frame.audit(tx, "give_consent", consent.id.as_str()).await?;
                Ok(answer)
            })
        })
        .await
}
