//! A repayment. Existing business: no gate on this path.

use client::loans::{Repay, Repayment as Wire};
use db::Tx;
use domain::ids::{EffectId, EntryId, LoanId, RepaymentId};
use domain::lane::Lane;
use domain::loan::LoanState;
use jiff::civil::Date;
use store::ledger::{self as books, Entry};
use store::{instalments, loans, repayments};

use crate::debt::{self, CaughtUp, Paid};
use crate::idempotent::Frame;
use crate::ledger;
use crate::pre_approve::stored;
use crate::settle_draw::day_number;
use crate::{Answer, Call, Refusal, World, parse};

/// Books a repayment.
///
/// # Errors
/// A bad field, an unknown or settled loan, more than is owed, or the database's refusal.
pub async fn repay<L: Lane>(world: &World<L>, call: Call, id: &str, body: Repay) -> Result<Answer, Refusal> {
    let amount = parse::within("amount", body.amount, 1, i64::MAX)?;
    book(world, call, id, Some(amount)).await
}

/// The ids that one repayment needs.
struct Ids {
    repayment: RepaymentId,
    entry: EntryId,
    catch_up: [EntryId; 2],
    notice: EffectId,
}

/// Books `amount`, or all that is owed.
pub(crate) async fn book<L: Lane>(
    world: &World<L>,
    call: Call,
    id: &str,
    amount: Option<i64>,
) -> Result<Answer, Refusal> {
    let id: LoanId = id.parse()?;
    let ids = Ids {
        repayment: RepaymentId::from_uuid(world.ids.next()),
        entry: EntryId::from_uuid(world.ids.next()),
        catch_up: [
            EntryId::from_uuid(world.ids.next()),
            EntryId::from_uuid(world.ids.next()),
        ],
        notice: EffectId::from_uuid(world.ids.next()),
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
                let answer = transact(tx, &frame, &id, amount, today, &ids).await?;
                frame
                    .promise(tx, ids.notice.as_str(), "notice", ids.repayment.as_str())
                    .await?;
                frame.audit(tx, "repay", ids.repayment.as_str()).await?;
                frame.answer(tx, &answer).await?;
                Ok(answer)
            })
        })
        .await
}

async fn transact(
    tx: &mut Tx,
    frame: &Frame,
    id: &LoanId,
    amount: Option<i64>,
    today: Date,
    ids: &Ids,
) -> Result<Answer, Refusal> {
    let Some(mut loan) = loans::hold(tx, id.as_str()).await? else {
        return Err(Refusal::not_found("loan"));
    };
    let state: LoanState = stored(&loan.state)?;
    // Asks the state machine whether money may still come in.
    state.on(domain::loan::LoanEvent::Settle)?;
    let mut lines = instalments::of_loan(tx, id.as_str()).await?;
    let before = lines.clone();
    // Once the end of a day has run, that day is over: the payment belongs to the next one.
    let day = day_number(today).max(loan.accrued_to);
    let business_date = date_of(day)?.to_string();
    let caught = debt::catch_up(&mut loan, day)?;
    let kind = if amount.is_some() { "repayment" } else { "payoff" };
    let amount = amount.unwrap_or_else(|| debt::total(&loan));
    let paid = debt::pay(&mut loan, &mut lines, amount)?;

    post_catch_up(tx, frame, &loan, &business_date, caught, &ids.catch_up).await?;
    let repayment = repayments::Repayment {
        id: ids.repayment.to_string(),
        loan_id: loan.id.clone(),
        kind: kind.to_owned(),
        amount,
        principal: paid.principal,
        interest: paid.interest,
        penalty: paid.penalty,
        state: "booked".to_owned(),
    };
    insert(tx, frame, &repayment, &business_date).await?;
    let Paid {
        principal,
        interest,
        penalty,
    } = paid;
    let head = Entry {
        id: ids.entry.as_str(),
        kind: "repayment",
        reference: ids.repayment.as_str(),
        business_date: &business_date,
        reverses: None,
        firm_id: &loan.firm_id,
        loan_id: &loan.id,
        currency: &loan.currency,
        at: frame.now,
    };
    books::post(tx, &head, &ledger::repayment(principal, interest, penalty)).await?;
    for line in lines.iter().filter(|line| !before.contains(line)) {
        instalments::update(tx, &loan.id, line).await?;
    }
    let settled = loan.state == LoanState::Settled.as_str();
    loans::update(tx, &loan, settled.then_some(frame.now)).await?;
    Answer::new(201, &wire(&repayment, &loan.state))
}

async fn insert(
    tx: &mut Tx,
    frame: &Frame,
    repayment: &repayments::Repayment,
    business_date: &str,
) -> Result<(), Refusal> {
    repayments::insert(tx, repayment, business_date, frame.digest(), frame.now).await?;
    Ok(())
}

/// The entries for days that no end of day has accrued yet.
async fn post_catch_up(
    tx: &mut Tx,
    frame: &Frame,
    loan: &loans::Loan,
    business_date: &str,
    caught: CaughtUp,
    ids: &[EntryId; 2],
) -> Result<(), Refusal> {
    let [interest_id, penalty_id] = ids;
    let parts = [
        (
            interest_id,
            "catch_up",
            ledger::INTEREST,
            ledger::INTEREST_INCOME,
            caught.interest,
        ),
        (
            penalty_id,
            "catch_up_penalty",
            ledger::PENALTY,
            ledger::PENALTY_INCOME,
            caught.penalty,
        ),
    ];
    for (id, kind, receivable, income, amount) in parts {
        if amount > 0 {
            let head = Entry {
                id: id.as_str(),
                kind,
                reference: &loan.id,
                business_date,
                reverses: None,
                firm_id: &loan.firm_id,
                loan_id: &loan.id,
                currency: &loan.currency,
                at: frame.now,
            };
            books::post(tx, &head, &ledger::transfer(receivable, income, amount)).await?;
        }
    }
    Ok(())
}

/// A repayment as it is answered.
pub(crate) fn wire(repayment: &repayments::Repayment, loan_state: &str) -> Wire {
    Wire {
        id: repayment.id.clone(),
        state: repayment.state.clone(),
        amount: repayment.amount,
        principal: repayment.principal,
        interest: repayment.interest,
        penalty: repayment.penalty,
        loan_state: loan_state.to_owned(),
    }
}

/// The date of a day number.
pub(crate) fn date_of(day: i64) -> Result<Date, Refusal> {
    jiff::civil::date(1970, 1, 1)
        .checked_add(
            jiff::Span::new()
                .try_days(day)
                .map_err(|error| Refusal::internal(&error))?,
        )
        .map_err(|error| Refusal::internal(&error))
}
