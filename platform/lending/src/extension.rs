//! What an extension (展期) makes of a loan: pure arithmetic over the stored rows, shared by asking and deciding.
//!
//! Instalments that are due stay as they are. What is not due yet is laid out anew, from the period that has begun to
//! the new last due date, by the loan's own method, rate and carry. What was paid early stays paid in its line, and the
//! line's new share comes on top, so that the schedule goes on to sum to what was lent.

use base::problem::Code;
use domain::extension::{self, NotExtended};
use domain::loan::LoanState;
use domain::money::Money;
use domain::product::{Method, Product};
use domain::rate::Rate;
use domain::schedule::{self, Rest, ScheduleError};
use jiff::civil::Date;
use store::instalments::Instalment;
use store::loans::Loan;

use crate::Refusal;
use crate::pre_approve::stored;
use crate::repay::date_of;
use crate::settle_draw::day_number;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// Months more.
    pub(crate) months: u32,
    /// Months that were granted before.
    pub(crate) granted: u32,
    pub(crate) guarantor_agrees: bool,
    pub(crate) today: Date,
}

/// What a loan becomes.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The last due date.
    pub(crate) maturity: Date,
    /// Day of the next instalment.
    pub(crate) next_due_day: i64,
    /// The lines that change.
    pub(crate) changed: Vec<Instalment>,
    /// The lines that are new.
    pub(crate) new: Vec<Instalment>,
}

/// Says what an extension makes of a loan, if it may be extended.
///
/// # Errors
/// The rule that forbids it, or books that the end of earlier days has not brought up to the day.
pub(crate) fn plan(loan: &Loan, lines: &[Instalment], asked: Asked) -> Result<Plan, Refusal> {
    // Once the end of a day has run, that day is over.
    let day = day_number(asked.today).max(loan.accrued_to);
    check(loan, lines, asked, day)?;
    let is_to_come = |line: &&Instalment| line.due_day > day;
    let to_come = || lines.iter().filter(is_to_come);
    if lines
        .iter()
        .any(|line| line.state == "open" && line.due_day <= day)
    {
        return Err(days_first());
    }
    let Some(first) = to_come().next() else {
        return Err(Refusal::from(NotExtended::TooLate));
    };
    let unpaid: i64 = to_come().map(|line| line.principal - line.principal_paid).sum();
    if unpaid == 0 {
        let why = "no principal is left that is not due yet";
        return Err(Refusal::with(Code::IllegalTransition, why));
    }
    // What is due is not in it: its interest was fixed when it fell due.
    let fixed: i64 = lines
        .iter()
        .filter(|line| line.due_day <= day)
        .map(|line| line.interest - line.interest_paid)
        .sum();
    let last = loan
        .term_months
        .saturating_add(asked.granted)
        .saturating_add(asked.months);
    let method: Method = stored(&loan.method)?;
    let rest = Rest {
        method,
        principal: Money::fen(unpaid),
        rate: Rate::ppm(loan.rate_ppm).map_err(|error| Refusal::internal(&error))?,
        start: stored(&loan.start_date)?,
        first: number_of(first)?,
        last,
        accrued: Money::fen(loan.interest - fixed),
        accrued_to: date_of(loan.accrued_to)?,
        carry: loan.interest_carry,
    };
    let laid_out = schedule::lay_out(&rest).map_err(|error| match error {
        // The period before has not accrued to its end.
        ScheduleError::Date => days_first(),
        ScheduleError::Term => Refusal::field("months", "at most 120 instalments may be left"),
        other => Refusal::internal(&other),
    })?;
    merge(lines, &laid_out, day)
}

fn check(loan: &Loan, lines: &[Instalment], asked: Asked, day: i64) -> Result<(), Refusal> {
    let known = known(loan, lines, asked.granted, day)?;
    extension::check(&known, asked.months, asked.guarantor_agrees, date_of(day)?)?;
    Ok(())
}

/// A loan as the rules look at it.
pub(crate) fn known(
    loan: &Loan,
    lines: &[Instalment],
    granted: u32,
    day: i64,
) -> Result<extension::Loan, Refusal> {
    let state: LoanState = stored(&loan.state)?;
    let product: Product = stored(&loan.product)?;
    Ok(extension::Loan {
        state,
        product,
        term_months: loan.term_months,
        extended_months: granted,
        maturity: stored(&loan.maturity_date)?,
        behind: lines
            .iter()
            .any(|line| line.state != "paid" && line.due_day < day),
    })
}

/// Puts the new shares into the lines that there are, and makes those that there are not.
fn merge(lines: &[Instalment], laid_out: &[schedule::Instalment], day: i64) -> Result<Plan, Refusal> {
    let (mut changed, mut new) = (Vec::new(), Vec::new());
    for one in laid_out {
        let number = i64::from(one.number);
        let line = Instalment {
            number,
            due_date: one.due.to_string(),
            due_day: day_number(one.due),
            principal: one.principal.as_fen(),
            interest: one.interest.as_fen(),
            principal_paid: 0,
            interest_paid: 0,
            state: "open".to_owned(),
        };
        match lines.iter().find(|line| line.number == number) {
            None => new.push(line),
            Some(known) if known.due_day != line.due_day => {
                return Err(Refusal::internal(&"an instalment is not due when its loan says"));
            }
            Some(known) => changed.push(Instalment {
                principal: known.principal_paid + line.principal,
                interest: known.interest_paid + line.interest,
                principal_paid: known.principal_paid,
                interest_paid: known.interest_paid,
                ..line
            }),
        }
    }
    let due_today = lines
        .iter()
        .filter(|line| line.state == "due" && line.due_day <= day);
    let next = due_today
        .map(|line| line.due_day)
        .chain(laid_out.first().map(|one| day_number(one.due)));
    let (Some(next_due_day), Some(last)) = (next.min(), laid_out.last()) else {
        return Err(Refusal::internal(&"an empty schedule"));
    };
    Ok(Plan {
        maturity: last.due,
        next_due_day,
        changed,
        new,
    })
}

fn number_of(line: &Instalment) -> Result<u32, Refusal> {
    u32::try_from(line.number).map_err(|error| Refusal::internal(&error))
}

pub(crate) fn days_first() -> Refusal {
    Refusal::with(
        Code::BusinessDate,
        "the end of earlier days has not run: it comes first",
    )
}

impl From<NotExtended> for Refusal {
    fn from(why: NotExtended) -> Self {
        match why {
            NotExtended::NoMonth | NotExtended::TooLong | NotExtended::LongerTerm => {
                Self::field("months", why.to_string())
            }
            NotExtended::NoGuarantor => Self::field("guarantor_agrees", why.to_string()),
            NotExtended::Settled | NotExtended::Overdue | NotExtended::TooLate | NotExtended::TooEarly => {
                Self::with(Code::IllegalTransition, why.to_string())
            }
        }
    }
}
