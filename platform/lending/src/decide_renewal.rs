//! An officer who did not ask grants more time or declines it. Granting binds the bank: the guard on the request's row
//! refuses it where a closing of intake names renewals.

use auth::approvals::matter::{given, person};
use base::problem::Code;
use client::renewals::DecideRenewal;
use db::Tx;
use domain::extension::{RenewalEvent, RenewalKind, RenewalState};
use domain::ids::{EffectId, EntryId, LoanId, RenewalId, RepaymentId};
use domain::lane::Lane;
use serde_json::json;
use store::loans::Loan;
use store::renewals::{self, Renewal};
use store::{instalments, loans};

use crate::ask_renewal::wire;
use crate::extension::{self, Asked};
use crate::idempotent::Frame;
use crate::pre_approve::stored;
use crate::renew;
use crate::{Answer, Call, Refusal, World};

/// Records an officer's decision; a yes gives the loan its new schedule, or a new loan in its place.
///
/// # Errors
/// Who is no person, a bad field, an unknown request, one that was decided or has lapsed, who asked for it,
/// a loan that may not be extended any more, closed renewals (for a yes), or the database's refusal.
pub async fn decide_renewal<L: Lane>(
    world: &World<L>,
    call: Call,
    id: &str,
    body: DecideRenewal,
) -> Result<Answer, Refusal> {
    person(&call.who())?;
    let id: RenewalId = id.parse()?;
    let event = match body.verdict.as_str() {
        "grant" => RenewalEvent::Grant,
        "decline" => RenewalEvent::Decline,
        _ => return Err(Refusal::field("verdict", "grant or decline")),
    };
    let effect = EffectId::from_uuid(world.ids.next());
    let ids = renew::Ids {
        loan: LoanId::from_uuid(world.ids.next()),
        repayment: RepaymentId::from_uuid(world.ids.next()),
        settled: EntryId::from_uuid(world.ids.next()),
        begun: EntryId::from_uuid(world.ids.next()),
    };
    let today = world.clock.today();
    let frame = Frame::new(world, call, id.as_str());
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(replay);
                }
                let (mut renewal, loan) = hold(tx, &id).await?;
                let next = stored::<RenewalState>(&renewal.state)?.on(event)?;
                if renewal.asked_by == frame.principal() {
                    return Err(Refusal::plain(Code::SamePerson));
                }
                let yes = event == RenewalEvent::Grant;
                if yes {
                    asker_stands(tx, &renewal).await?;
                }
                let asked = Asked {
                    months: renewal.months,
                    granted: renewals::granted_months(tx, &loan.id).await?,
                    guarantor_agrees: renewal.guarantor_agrees,
                    today,
                };
                // First: where renewals are closed, nothing else is done.
                renewals::decide(tx, id.as_str(), next.as_str(), frame.principal(), frame.now).await?;
                if yes {
                    match stored::<RenewalKind>(&renewal.kind)? {
                        RenewalKind::Extension => extend(tx, &renewal, &loan, asked).await?,
                        RenewalKind::Renewal => {
                            renew::take_over(tx, &frame, &mut renewal, loan, asked, &ids).await?;
                        }
                    }
                }
                next.as_str().clone_into(&mut renewal.state);
                frame.promise(tx, effect.as_str(), "notice", id.as_str()).await?;
                let facts = json!({
                    "loan": renewal.loan_id, "kind": renewal.kind, "months": renewal.months,
                    "until": renewal.new_maturity, "new_loan": renewal.new_loan_id, "verdict": body.verdict,
                });
                frame.leave(tx, "renewal.decide", id.as_str(), facts).await?;
                frame.audit(tx, "decide_renewal", id.as_str()).await?;
                let answer = Answer::new(200, &wire(renewal))?;
                frame.answer(tx, &answer).await?;
                Ok(answer)
            })
        })
        .await
}

/// The request and its loan, the loan held first: whoever changes a loan does so, too.
async fn hold(tx: &mut Tx, id: &RenewalId) -> Result<(Renewal, Loan), Refusal> {
    let unknown = || Refusal::not_found("renewal");
    let asked = renewals::find(tx, id.as_str()).await?.ok_or_else(unknown)?;
    let loan = loans::hold(tx, &asked.loan_id).await?;
    let renewal = renewals::hold(tx, id.as_str()).await?;
    match (renewal, loan) {
        (Some(renewal), Some(loan)) => Ok((renewal, loan)),
        _ => Err(unknown()),
    }
}

async fn asker_stands(tx: &mut Tx, renewal: &Renewal) -> Result<(), Refusal> {
    if given(tx, &renewal.asked_by, "").await?.stands {
        return Ok(());
    }
    let why = "the account that asked has been disabled: decline it, and let another ask";
    Err(Refusal::with(Code::NotApproved, why))
}

/// Gives the loan its new schedule, if that is what was asked for.
async fn extend(tx: &mut Tx, renewal: &Renewal, loan: &Loan, asked: Asked) -> Result<(), Refusal> {
    let lines = instalments::of_loan(tx, &loan.id).await?;
    let plan = extension::plan(loan, &lines, asked)?;
    if plan.maturity.to_string() != renewal.new_maturity {
        let why = "the loan is no more what it was when this was asked for: decline it";
        return Err(Refusal::with(Code::IllegalTransition, why));
    }
    for line in &plan.changed {
        instalments::agree_anew(tx, &loan.id, line).await?;
    }
    for line in &plan.new {
        instalments::insert(tx, &loan.id, line).await?;
    }
    loans::extend(tx, &loan.id, &plan.maturity.to_string(), plan.next_due_day).await?;
    Ok(())
}
