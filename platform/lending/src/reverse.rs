//! A correction: a ledger entry is reversed by another, never changed.
//!
//! What can be reversed is what an operator can have got wrong: a repayment.
//! A disbursement is money that left, accruals follow from the loan.

use base::problem::Code;
use client::operations::{Entry as Wire, Reverse};
use db::Tx;
use domain::ids::EntryId;
use domain::lane::Lane;
use domain::loan::{LoanEvent, LoanState};
use serde_json::json;
use store::instalments::Instalment;
use store::ledger::{self as books, Entry, Posted, Posting};
use store::{instalments, loans, repayments};

use crate::idempotent::Frame;
use crate::ledger::{INTEREST, PENALTY, PRINCIPAL, mirror};
use crate::pre_approve::stored;
use crate::repay::date_of;
use crate::settle_draw::day_number;
use crate::{Answer, Call, Refusal, World, debt, parse};

/// Reverses the entry of a repayment: the debt is as if it had not been paid.
///
/// # Errors
/// A bad field, an unknown entry, one that is reversed already or is no
/// repayment's, or the database's refusal.
pub async fn reverse<L: Lane>(
    world: &World<L>,
    call: Call,
    id: &str,
    body: Reverse,
) -> Result<Answer, Refusal> {
    let id: EntryId = id.parse()?;
    parse::text("reason", &body.reason, 200)?;
    let new_id = EntryId::from_uuid(world.ids.next());
    let today = day_number(world.clock.today());
    let answer = Answer::new(
        201,
        &Wire {
            id: new_id.to_string(),
            reverses: id.to_string(),
        },
    )?;
    let frame = Frame::new(world, call, id.as_str());
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, Some(&answer)).await? {
                    return Ok(replay);
                }
                let Some(posted) = books::find(tx, id.as_str()).await? else {
                    return Err(Refusal::not_found("entry"));
                };
                if posted.reversed || posted.kind != "repayment" {
                    return Err(Refusal::with(
                        Code::IllegalTransition,
                        "only a repayment's entry can be reversed, and once",
                    ));
                }
                if repayments::is_taken_over(tx, &posted.reference).await? {
                    return Err(Refusal::with(
                        Code::IllegalTransition,
                        "a new loan owes this: no money came in that could be given back",
                    ));
                }
                let business_date = owe_again(tx, &posted, today).await?;
                repayments::reversed(tx, &posted.reference).await?;
                let head = Entry {
                    id: new_id.as_str(),
                    kind: "reversal",
                    reference: id.as_str(),
                    business_date: &business_date,
                    reverses: Some(id.as_str()),
                    firm_id: &posted.firm_id,
                    loan_id: &posted.loan_id,
                    currency: &posted.currency,
                    at: frame.now,
                };
                books::post(tx, &head, &mirror(&posted.postings)).await?;
                // The operator's words could name a customer: the leaf keeps a commitment only.
                let reason = evidence::Commitment::to(&body.reason)?;
                let facts = json!({ "reverses": id.as_str(), "reason_digest": reason.digest });
                frame.leave(tx, "entry.reverse", new_id.as_str(), facts).await?;
                frame.audit(tx, "reverse", new_id.as_str()).await?;
                Ok(answer)
            })
        })
        .await
}

/// Puts the debt back on the loan and its schedule; answers the business date.
async fn owe_again(tx: &mut Tx, posted: &Posted, today: i64) -> Result<String, Refusal> {
    let Some(mut loan) = loans::hold(tx, &posted.loan_id).await? else {
        return Err(Refusal::not_found("loan"));
    };
    let day = today.max(loan.accrued_to);
    let credited = |account: &str| -> i64 {
        posted
            .postings
            .iter()
            .filter(|p: &&Posting| p.account == account)
            .map(|p| p.credit)
            .sum()
    };
    let (principal, interest) = (credited(PRINCIPAL), credited(INTEREST));
    let mut lines = instalments::of_loan(tx, &posted.loan_id).await?;
    let before = lines.clone();
    unpay(&mut lines, principal, interest, day);
    loan.principal += principal;
    loan.interest += interest;
    loan.penalty += credited(PENALTY);
    let state: LoanState = stored(&loan.state)?;
    if state == LoanState::Settled {
        state.on(LoanEvent::Reopen)?.as_str().clone_into(&mut loan.state);
        // A settled loan did not accrue; the days since are the customer's, who had paid.
        loan.accrued_to = day;
    }
    debt::restate(&mut loan, &mut lines)?;
    for line in lines.iter().filter(|line| !before.contains(line)) {
        instalments::update(tx, &loan.id, line).await?;
    }
    loans::update(tx, &loan, None).await?;
    Ok(date_of(day)?.to_string())
}

/// Takes back what was paid, newest instalment first, and states what is open again.
fn unpay(lines: &mut [Instalment], principal: i64, interest: i64, day: i64) {
    let (mut principal, mut interest) = (principal, interest);
    for line in lines.iter_mut().rev() {
        let part = principal.min(line.principal_paid);
        line.principal_paid -= part;
        principal -= part;
        let part = interest.min(line.interest_paid);
        line.interest_paid -= part;
        interest -= part;
        if line.principal_paid < line.principal || line.interest_paid < line.interest {
            let state = match line.due_day {
                due if due < day => "overdue",
                due if due == day => "due",
                _ => "open",
            };
            state.clone_into(&mut line.state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_paid_is_owed_again_newest_first() {
        let line = |number, due_day, principal_paid| Instalment {
            number,
            due_date: String::new(),
            due_day,
            principal: 100,
            interest: 10,
            principal_paid,
            interest_paid: 10,
            state: "paid".into(),
        };
        let mut lines = vec![line(1, 5, 100), line(2, 10, 100), line(3, 15, 100)];
        unpay(&mut lines, 150, 10, 10);
        assert_eq!(
            lines.iter().map(|l| l.principal_paid).collect::<Vec<_>>(),
            [100, 50, 0]
        );
        assert_eq!(
            lines.iter().map(|l| l.state.as_str()).collect::<Vec<_>>(),
            ["paid", "due", "open"]
        );
    }
}
