//! A new loan takes over what one owes (无还本续贷): the old one is settled by a transfer and not by money, and the new
//! one begins with it. Interest is not taken over: whoever owes any pays it first (金规〔2024〕13号: 没有欠贷欠息).

use base::problem::Code;
use db::Tx;
use domain::extension;
use domain::ids::{EntryId, LoanId, RepaymentId};
use domain::loan::LoanState;
use domain::money::Money;
use domain::product::Method;
use domain::rate::Rate;
use domain::schedule;
use jiff::civil::Date;
use store::instalments::Instalment;
use store::ledger::{self as books, Entry};
use store::loans::Loan;
use store::renewals::{self, Renewal};
use store::{instalments, loans, repayments};

use crate::extension::{Asked, days_first, known};
use crate::idempotent::Frame;
use crate::ledger::{PRINCIPAL, TRANSFER, transfer};
use crate::pre_approve::stored;
use crate::repay::date_of;
use crate::settle_draw::{day_number, write_lines};
use crate::{Refusal, debt};

/// What the settlement of the old loan and the beginning of the new one are to repayments and to the ledger.
const RENEWAL: &str = "renewal";

/// The ids that taking over needs.
pub(crate) struct Ids {
    pub(crate) loan: LoanId,
    pub(crate) repayment: RepaymentId,
    pub(crate) settled: EntryId,
    pub(crate) begun: EntryId,
}

/// Until when a new loan would run that took over today, if one may.
///
/// # Errors
/// The rule that forbids it, or books that the end of earlier days has not brought up to the day.
pub(crate) fn last_due(loan: &Loan, lines: &[Instalment], asked: Asked) -> Result<Date, Refusal> {
    let day = day_number(asked.today).max(loan.accrued_to);
    let on = date_of(day)?;
    let known = known(loan, lines, asked.granted, day)?;
    extension::check_renewal(&known, asked.months, asked.guarantor_agrees, on)?;
    if lines
        .iter()
        .any(|line| line.state == "open" && line.due_day <= day)
    {
        return Err(days_first());
    }
    schedule::due_date(on, asked.months).map_err(|error| Refusal::internal(&error))
}

/// Puts the new loan in the old one's place, and says so in the request.
///
/// # Errors
/// As [`last_due`]; interest that is owed, or the database's refusal.
pub(crate) async fn take_over(
    tx: &mut Tx,
    frame: &Frame,
    renewal: &mut Renewal,
    mut old: Loan,
    asked: Asked,
    ids: &Ids,
) -> Result<(), Refusal> {
    let mut lines = instalments::of_loan(tx, &old.id).await?;
    let maturity = last_due(&old, &lines, asked)?;
    let day = day_number(asked.today).max(old.accrued_to);
    debt::catch_up(&mut old, day)?;
    let principal = old.principal;
    if debt::total(&old) != principal || lines.iter().any(|line| line.state == "due") {
        let why = "interest up to today, and what is due today, is paid first";
        return Err(Refusal::with(Code::IllegalTransition, why));
    }
    let before = lines.clone();
    debt::pay(&mut old, &mut lines, principal)?;
    for line in lines.iter().filter(|line| !before.contains(line)) {
        instalments::update(tx, &old.id, line).await?;
    }
    loans::update(tx, &old, Some(frame.now)).await?;
    let start = date_of(day)?;
    let repayment = repayments::Repayment {
        id: ids.repayment.to_string(),
        loan_id: old.id.clone(),
        kind: RENEWAL.to_owned(),
        amount: principal,
        principal,
        interest: 0,
        penalty: 0,
        state: "booked".to_owned(),
    };
    let date = start.to_string();
    repayments::insert(tx, &repayment, &date, frame.digest(), frame.now).await?;
    let new = begin(tx, &old, &ids.loan, principal, (start, asked.months)).await?;
    let settled = Entry {
        id: ids.settled.as_str(),
        kind: "repayment",
        reference: ids.repayment.as_str(),
        business_date: &date,
        reverses: None,
        firm_id: &old.firm_id,
        loan_id: &old.id,
        currency: &old.currency,
        at: frame.now,
    };
    books::post(tx, &settled, &transfer(TRANSFER, PRINCIPAL, principal)).await?;
    let begun = Entry {
        id: ids.begun.as_str(),
        kind: RENEWAL,
        reference: &renewal.id,
        loan_id: &new.id,
        ..settled
    };
    books::post(tx, &begun, &transfer(PRINCIPAL, TRANSFER, principal)).await?;
    renewal.new_maturity = maturity.to_string();
    renewals::taken_over(tx, &renewal.id, &new.id, &renewal.new_maturity).await?;
    renewal.new_loan_id = Some(new.id);
    Ok(())
}

/// The new loan, by the method and rate of the old one.
async fn begin(
    tx: &mut Tx,
    old: &Loan,
    id: &LoanId,
    principal: i64,
    (start, months): (Date, u32),
) -> Result<Loan, Refusal> {
    let method: Method = stored(&old.method)?;
    let rate = Rate::ppm(old.rate_ppm).map_err(|error| Refusal::internal(&error))?;
    let lines = schedule::build(method, Money::fen(principal), rate, start, months)
        .map_err(|error| Refusal::internal(&error))?;
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        return Err(Refusal::internal(&"an empty schedule"));
    };
    let new = Loan {
        id: id.to_string(),
        draw_id: None,
        contract_id: old.contract_id.clone(),
        firm_id: old.firm_id.clone(),
        product: old.product.clone(),
        currency: old.currency.clone(),
        state: LoanState::Active.as_str().to_owned(),
        amount: principal,
        rate_ppm: old.rate_ppm,
        method: old.method.clone(),
        term_months: months,
        start_date: start.to_string(),
        maturity_date: last.due.to_string(),
        principal,
        interest: 0,
        penalty: 0,
        overdue_principal: 0,
        overdue_interest: 0,
        interest_carry: 0,
        penalty_carry: 0,
        accrued_to: day_number(start),
        next_due_day: day_number(first.due),
    };
    loans::insert(tx, &new).await?;
    write_lines(tx, &new.id, &lines).await?;
    Ok(new)
}
