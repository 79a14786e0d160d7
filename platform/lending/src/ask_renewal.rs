//! The customer asks for more time, or an officer for them: more months for the loan (展期), or a new one that takes
//! over what it owes (无还本续贷). Existing business, unless a closing of intake names renewals: then the guard on the
//! request's row refuses it.

use client::renewals::{AskExtension, AskRenewal, Renewal as Wire};
use domain::extension::{RenewalKind, RenewalState};
use domain::ids::{EffectId, LoanId, RenewalId};
use domain::lane::Lane;
use serde_json::json;
use store::renewals::{self, Renewal};
use store::{instalments, loans};

use crate::extension::{self, Asked};
use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World, renew};

/// Asks for more months for a loan.
///
/// # Errors
/// A bad field, an unknown loan, one that may not be extended, another request that waits, closed
/// renewals, or the database's refusal.
pub async fn ask_extension<L: Lane>(
    world: &World<L>,
    call: Call,
    loan: &str,
    body: AskExtension,
) -> Result<Answer, Refusal> {
    let terms = (body.months, body.guarantor_agrees);
    ask(world, call, loan, RenewalKind::Extension, terms).await
}

/// Asks for a new loan of so many months that takes over.
///
/// # Errors
/// As [`ask_extension`].
pub async fn ask_renewal<L: Lane>(
    world: &World<L>,
    call: Call,
    loan: &str,
    body: AskRenewal,
) -> Result<Answer, Refusal> {
    let terms = (body.months, body.guarantor_agrees);
    ask(world, call, loan, RenewalKind::Renewal, terms).await
}

async fn ask<L: Lane>(
    world: &World<L>,
    call: Call,
    loan: &str,
    kind: RenewalKind,
    (months, guarantor_agrees): (u32, bool),
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
                    months,
                    granted: renewals::granted_months(tx, &loan.id).await?,
                    guarantor_agrees,
                    today,
                };
                let lines = instalments::of_loan(tx, &loan.id).await?;
                let until = match kind {
                    RenewalKind::Extension => extension::plan(&loan, &lines, asked)?.maturity,
                    RenewalKind::Renewal => renew::last_due(&loan, &lines, asked)?,
                };
                let new = Renewal {
                    id: id.to_string(),
                    loan_id: loan.id,
                    firm_id: loan.firm_id,
                    kind: kind.as_str().to_owned(),
                    months,
                    guarantor_agrees,
                    old_maturity: loan.maturity_date,
                    new_maturity: until.to_string(),
                    new_loan_id: None,
                    state: RenewalState::Requested.as_str().to_owned(),
                    asked_by: frame.principal().to_owned(),
                    decided_by: None,
                };
                renewals::insert(tx, &new, frame.digest(), frame.now).await?;
                frame.promise(tx, effect.as_str(), "notice", &new.id).await?;
                let facts = json!({
                    "loan": new.loan_id, "kind": new.kind, "months": new.months, "until": new.new_maturity,
                });
                frame.leave(tx, "renewal.ask", &new.id, facts).await?;
                frame.audit(tx, "ask_renewal", &new.id).await?;
                let answer = Answer::new(201, &wire(new))?;
                frame.answer(tx, &answer).await?;
                Ok(answer)
            })
        })
        .await
}

/// A request as it is answered.
pub(crate) fn wire(renewal: Renewal) -> Wire {
    Wire {
        id: renewal.id,
        state: renewal.state,
        loan_id: renewal.loan_id,
        kind: renewal.kind,
        months: renewal.months,
        guarantor_agrees: renewal.guarantor_agrees,
        old_maturity_date: renewal.old_maturity,
        new_maturity_date: renewal.new_maturity,
        new_loan_id: renewal.new_loan_id,
    }
}
