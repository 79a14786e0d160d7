//! The customer, or an officer for them, asks that a new loan takes over what one owes that is about to end
//! (无还本续贷). Existing business, unless a closing of intake names renewals.

use client::renewals::AskRenewal;
use domain::extension::RenewalState;
use domain::ids::{EffectId, LoanId, RenewalId};
use domain::lane::Lane;
use store::renewals::{self, Renewal};
use store::{instalments, loans};

use crate::ask_extension::record;
use crate::extension::Asked;
use crate::idempotent::Frame;
use crate::renew::{self, RENEWAL};
use crate::{Answer, Call, Refusal, World};

/// Asks for a new loan of so many months that takes over.
///
/// # Errors
/// A bad field, an unknown loan, one that may not be renewed, another request that waits, closed
/// renewals, or the database's refusal.
pub async fn ask_renewal<L: Lane>(
    world: &World<L>,
    call: Call,
    loan: &str,
    body: AskRenewal,
) -> Result<Answer, Refusal> {
    let loan_id: LoanId = loan.parse()?;
    let id = RenewalId::from_uuid(world.ids.next());
    let effect = EffectId::from_uuid(world.ids.next());
    let today = world.clock.today();
    let frame = Frame::new(world, call, loan_id.as_str());
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(replay);
                }
                let Some(loan) = loans::hold(tx, loan_id.as_str()).await? else {
                    return Err(Refusal::not_found("loan"));
                };
                let asked = Asked {
                    months: body.months,
                    granted: renewals::granted_months(tx, &loan.id).await?,
                    guarantor_agrees: body.guarantor_agrees,
                    today,
                };
                let lines = instalments::of_loan(tx, &loan.id).await?;
                let until = renew::last_due(&loan, &lines, asked)?;
                let new = Renewal {
                    id: id.to_string(),
                    loan_id: loan.id,
                    firm_id: loan.firm_id,
                    kind: RENEWAL.to_owned(),
                    months: body.months,
                    guarantor_agrees: body.guarantor_agrees,
                    old_maturity: loan.maturity_date,
                    new_maturity: until.to_string(),
                    new_loan_id: None,
                    state: RenewalState::Requested.as_str().to_owned(),
                    asked_by: frame.principal().to_owned(),
                    decided_by: None,
                };
                record(tx, &frame, new, &effect).await
            })
        })
        .await
}
