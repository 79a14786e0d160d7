//! Registers an enterprise.

use client::firms::{Firm, RegisterFirm};
use domain::codes::{CreditCode, ResidentId};
use domain::ids::FirmId;
use domain::lane::Lane;
use domain::region::Region;
use store::firms::{self, NewFirm};
use vault::Aad;

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

    let id = FirmId::from_uuid(world.ids.next());
    let answer = Answer::new(
        201,
        &Firm {
            id: id.to_string(),
            credit_code_masked: credit_code.masked(),
            region: region.as_str().to_owned(),
            industry: body.industry.clone(),
        },
    )?;
    let seal = |column, value: &String| {
        world.vault.seal(
            value,
            Aad {
                table: "firms",
                column,
                subject: id.as_str(),
            },
        )
    };
    let sealed = (
        seal("credit_code_sealed", &body.credit_code),
        seal("name_sealed", &body.name),
        seal("contact_sealed", &body.contact),
        seal("contact_id_sealed", &body.contact_id),
        seal("phone_sealed", &body.phone),
        seal("account_sealed", &body.account),
    );
    let index = world.vault.blind_index("credit_code", credit_code.as_str());
    let frame = Frame::new(world, call, "");

    world
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
        .await
}
