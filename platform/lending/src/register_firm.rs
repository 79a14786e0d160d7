//! Registers an enterprise.

use base::problem::Code;
use client::firms::{Firm, RegisterFirm};
use domain::codes::{CreditCode, ResidentId};
use domain::ids::FirmId;
use domain::lane::Lane;
use domain::region::Region;
use store::firms::{self, NewFirm};
use store::sealed;

use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World, parse};

/// Registers an enterprise; one credit code registers once.
///
/// # Errors
/// A bad field, a code that is registered already, or the database's refusal.
pub async fn register_firm<L: Lane>(
    world: &World<L>,
    call: Call,
    body: RegisterFirm,
) -> Result<Answer, Refusal> {
    let credit_code: CreditCode = parse::value("credit_code", &body.credit_code)?;
    let _: ResidentId = parse::value("contact_id", &body.contact_id)?;
    let region: Region = parse::value("region", &body.region)?;
    parse::text("name", &body.name, 120)?;
    parse::text("contact", &body.contact, 60)?;
    parse::industry("industry", &body.industry)?;
    parse::digits("phone", &body.phone, 11, 11)?;
    parse::digits("account", &body.account, 8, 32)?;

    let (subject, keys) = world.vault.fresh().await?;
    let id = FirmId::from_uuid(subject);
    let answer = Answer::new(
        201,
        &Firm {
            id: id.to_string(),
            credit_code_masked: credit_code.masked(),
            region: region.as_str().to_owned(),
            industry: body.industry.clone(),
            masked: None,
        },
    )?;
    let place = |column| sealed::at(column, id.as_str());
    let sealed = (
        keys.seal(place(&sealed::CREDIT_CODE), &body.credit_code)?,
        keys.seal(place(&sealed::NAME), &body.name)?,
        keys.seal(place(&sealed::CONTACT), &body.contact)?,
        keys.seal(place(&sealed::CONTACT_ID), &body.contact_id)?,
        keys.seal(place(&sealed::PHONE), &body.phone)?,
        keys.seal(place(&sealed::ACCOUNT), &body.account)?,
    );
    let index = world.vault.blind_index("credit_code", credit_code.as_str());
    let frame = Frame::new(world, call, "");

    let outcome: Result<Answer, Refusal> = world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, Some(&answer)).await? {
                    return Ok(replay);
                }
                let new = NewFirm {
                    id: id.as_str(),
                    credit_code: &sealed.0,
                    credit_code_index: &index,
                    name: &sealed.1,
                    contact: &sealed.2,
                    contact_id: &sealed.3,
                    phone: &sealed.4,
                    account: &sealed.5,
                    region: region.as_str(),
                    industry: &body.industry,
                    digest: frame.digest(),
                    at: frame.now,
                };
                firms::insert(tx, &new).await?;
                frame.audit(tx, "register_firm", id.as_str()).await?;
                Ok(answer)
            })
        })
        .await;
    if kept_nothing(&outcome) {
        world.vault.give_back(keys);
    }
    outcome
}

/// Whether it is certain that no row was written: a repetition, or a refusal.
fn kept_nothing(outcome: &Result<Answer, Refusal>) -> bool {
    match outcome {
        Ok(answer) => answer.replayed,
        Err(refusal) => !matches!(refusal.code, Code::Ambiguous | Code::Timeout | Code::Internal),
    }
}
