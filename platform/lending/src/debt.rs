//! What a loan owes today, and how a payment changes it: pure arithmetic over
//! the stored rows, shared by repayment, payoff, correction and quotes.

use domain::accrual;
use domain::allocate::{self, Component, DueComponent};
use domain::loan::{LoanEvent, LoanState};
use domain::money::Money;
use domain::payoff::Position;
use domain::penalty::{self, LATE_MULTIPLIER_PPM};
use domain::rate::Rate;
use store::instalments::Instalment;
use store::loans::Loan;

use crate::Refusal;
use crate::pre_approve::stored;
use crate::repay::date_of;

/// No open instalment is left: a day that never comes (29347-…).
const NEVER: i64 = 9_999_999;

/// What a payment paid, in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Paid {
    pub(crate) principal: i64,
    pub(crate) interest: i64,
    pub(crate) penalty: i64,
}

/// Interest and penalty of the days that no end of day has accrued yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CaughtUp {
    pub(crate) interest: i64,
    pub(crate) penalty: i64,
}

/// Accrues a loan up to (not including) `day`, so that a payment is settled on
/// actual days; the same formula as the end of day.
pub(crate) fn catch_up(loan: &mut Loan, day: i64) -> Result<CaughtUp, Refusal> {
    let days = day.saturating_sub(loan.accrued_to);
    if days <= 0 {
        return Ok(CaughtUp::default());
    }
    let bug = |error: &dyn std::fmt::Display| Refusal::internal(error);
    let rate = Rate::ppm(loan.rate_ppm).map_err(|error| bug(&error))?;
    let regular = Money::fen(loan.principal.saturating_sub(loan.overdue_principal));
    let (interest, carry) =
        accrual::days(regular, rate, days, loan.interest_carry).map_err(|error| bug(&error))?;
    let (late, late_carry) = penalty::days(
        Money::fen(loan.overdue_principal),
        Money::fen(loan.overdue_interest),
        rate,
        LATE_MULTIPLIER_PPM,
        days,
        loan.penalty_carry,
    )
    .map_err(|error| bug(&error))?;
    let caught = CaughtUp {
        interest: interest.as_fen(),
        penalty: late.as_fen(),
    };
    loan.interest = loan.interest.saturating_add(caught.interest);
    loan.penalty = loan.penalty.saturating_add(caught.penalty);
    (loan.interest_carry, loan.penalty_carry, loan.accrued_to) = (carry, late_carry, day);
    Ok(caught)
}

/// A loan as the books have it, for a quote.
pub(crate) fn position(loan: &Loan) -> Result<Position, Refusal> {
    Ok(Position {
        principal: Money::fen(loan.principal),
        overdue_principal: Money::fen(loan.overdue_principal),
        interest: Money::fen(loan.interest),
        overdue_interest: Money::fen(loan.overdue_interest),
        penalty: Money::fen(loan.penalty),
        rate: Rate::ppm(loan.rate_ppm).map_err(|error| Refusal::internal(&error))?,
        multiplier_ppm: LATE_MULTIPLIER_PPM,
        interest_carry: loan.interest_carry,
        penalty_carry: loan.penalty_carry,
        accrued_to: date_of(loan.accrued_to)?,
    })
}

/// All that is owed.
pub(crate) fn total(loan: &Loan) -> i64 {
    loan.principal
        .saturating_add(loan.interest)
        .saturating_add(loan.penalty)
}

/// Applies `amount`, at most the total: penalty, interest and principal that
/// are due (oldest first), then interest accrued since, then principal early,
/// from the last instalment backwards, which shortens the term.
pub(crate) fn pay(loan: &mut Loan, lines: &mut [Instalment], amount: i64) -> Result<Paid, Refusal> {
    let mut due = vec![DueComponent {
        instalment: 0,
        component: Component::Penalty,
        amount: Money::fen(loan.penalty),
    }];
    for line in lines.iter().filter(|line| is_due(line)) {
        let instalment = u32::try_from(line.number).unwrap_or(u32::MAX);
        let interest = line.interest.saturating_sub(line.interest_paid);
        let principal = line.principal.saturating_sub(line.principal_paid);
        due.push(DueComponent {
            instalment,
            component: Component::Interest,
            amount: Money::fen(interest),
        });
        due.push(DueComponent {
            instalment,
            component: Component::Principal,
            amount: Money::fen(principal),
        });
    }
    let allocation = allocate::repayment(Money::fen(amount), &due);
    let mut paid = Paid {
        principal: allocation.principal.as_fen(),
        interest: allocation.interest.as_fen(),
        penalty: allocation.penalty.as_fen(),
    };
    for part in &allocation.parts {
        let Some(line) = lines
            .iter_mut()
            .find(|line| line.number == i64::from(part.instalment))
        else {
            continue;
        };
        match part.component {
            Component::Interest => line.interest_paid += part.amount.as_fen(),
            Component::Principal => line.principal_paid += part.amount.as_fen(),
            Component::Penalty => {}
        }
    }
    let mut rest = allocation.rest.as_fen();
    let early_interest = rest.min(loan.interest.saturating_sub(paid.interest));
    paid.interest += early_interest;
    rest -= early_interest;
    for line in lines.iter_mut().rev().filter(|line| line.state == "open") {
        let part = rest.min(line.principal.saturating_sub(line.principal_paid));
        line.principal_paid += part;
        paid.principal += part;
        rest -= part;
    }
    if rest != 0 {
        return Err(Refusal::plain(base::problem::Code::AmountExceedsDebt));
    }
    loan.principal -= paid.principal;
    loan.interest -= paid.interest;
    loan.penalty -= paid.penalty;
    restate(loan, lines)?;
    Ok(paid)
}

fn is_due(line: &Instalment) -> bool {
    line.state == "due" || line.state == "overdue"
}

/// Makes states and totals follow from what is paid.
pub(crate) fn restate(loan: &mut Loan, lines: &mut [Instalment]) -> Result<(), Refusal> {
    let nothing_owed = total(loan) == 0;
    // Principal that is left from a line on; of a loan that repays it at the end, lines before have none of their own.
    let mut left = 0;
    for line in lines.iter_mut().rev() {
        let principal_done = line.principal_paid == line.principal;
        left += line.principal - line.principal_paid;
        if line.state == "open" && left == 0 {
            // Its principal and all after it was paid early, so it bears no interest any more.
            line.interest = line.interest_paid;
        }
        if principal_done && line.interest_paid == line.interest {
            "paid".clone_into(&mut line.state);
        }
    }
    let overdue = || lines.iter().filter(|line| line.state == "overdue");
    loan.overdue_principal = overdue().map(|line| line.principal - line.principal_paid).sum();
    loan.overdue_interest = overdue().map(|line| line.interest - line.interest_paid).sum();
    loan.next_due_day = lines
        .iter()
        .filter(|line| line.state == "open" || line.state == "due")
        .map(|line| line.due_day)
        .min()
        .unwrap_or(NEVER);
    let state: LoanState = stored(&loan.state)?;
    let late = overdue().next().is_some();
    let next = match state {
        _ if nothing_owed => state.on(LoanEvent::Settle)?,
        LoanState::Overdue if !late => state.on(LoanEvent::CatchUp)?,
        LoanState::Active if late => state.on(LoanEvent::FallOverdue)?,
        same => same,
    };
    next.as_str().clone_into(&mut loan.state);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn loan(principal: i64, interest: i64, penalty: i64) -> Loan {
        Loan {
            id: String::new(),
            draw_id: None,
            contract_id: String::new(),
            firm_id: String::new(),
            product: "micro".into(),
            currency: "CNY".into(),
            state: "active".into(),
            amount: principal,
            rate_ppm: 60_000,
            method: "equal_instalment".into(),
            term_months: 3,
            start_date: "2026-01-01".into(),
            maturity_date: "2026-04-01".into(),
            principal,
            interest,
            penalty,
            overdue_principal: 0,
            overdue_interest: 0,
            interest_carry: 0,
            penalty_carry: 0,
            accrued_to: 100,
            next_due_day: 131,
        }
    }

    fn line(number: i64, principal: i64, interest: i64, state: &str) -> Instalment {
        Instalment {
            number,
            due_date: String::new(),
            due_day: 100 + number * 30,
            principal,
            interest,
            principal_paid: 0,
            interest_paid: 0,
            state: state.into(),
        }
    }

    proptest! {
        /// Whatever is paid, sub-ledgers and schedule agree and nothing appears or vanishes.
        #[test]
        fn a_payment_is_shared_out_exactly(
            parts in proptest::collection::vec(1_i64..1_000_000, 3),
            interest in 0_i64..50_000, penalty in 0_i64..5_000, share in 1_i64..=1000,
        ) {
            let principal: i64 = parts.iter().sum();
            let due_interest = interest / 2;
            let mut lines = vec![
                line(1, parts[0], due_interest, "overdue"),
                line(2, parts[1], 77, "open"),
                line(3, parts[2], 55, "open"),
            ];
            let mut debt = loan(principal, interest, penalty);
            debt.state = "overdue".into();
            let before = total(&debt);
            let amount = (before * share / 1000).max(1);
            let paid = pay(&mut debt, &mut lines, amount).unwrap();
            prop_assert_eq!(paid.principal + paid.interest + paid.penalty, amount);
            prop_assert_eq!(total(&debt), before - amount);
            let unpaid: i64 = lines.iter().map(|l| l.principal - l.principal_paid).sum();
            prop_assert_eq!(unpaid, debt.principal);
            prop_assert!(debt.overdue_principal <= debt.principal && debt.overdue_interest <= debt.interest);
            prop_assert_eq!(debt.state == "settled", before == amount);
        }

        /// Paying late in one go or accruing day by day is the same.
        #[test]
        fn catching_up_in_parts_is_catching_up_at_once(days in 1_i64..200, split in 0_i64..200) {
            let split = split.min(days);
            let mut once = loan(123_456_789, 0, 0);
            once.overdue_principal = 456_789;
            let mut parts = once.clone();
            catch_up(&mut once, 100 + days).unwrap();
            catch_up(&mut parts, 100 + split).unwrap();
            catch_up(&mut parts, 100 + days).unwrap();
            prop_assert_eq!(once.interest, parts.interest);
            prop_assert_eq!(once.penalty, parts.penalty);
            prop_assert_eq!(once.interest_carry, parts.interest_carry);
            // A customer who was quoted that day owes what is then booked.
            let mut asked = loan(123_456_789, 0, 0);
            asked.overdue_principal = 456_789;
            let on = date_of(100 + days).unwrap();
            let quote = domain::payoff::quote(&position(&asked).unwrap(), on).unwrap();
            prop_assert_eq!(quote.total.as_fen(), total(&once));
        }
    }

    #[test]
    fn more_than_is_owed_is_refused() {
        let mut debt = loan(1000, 0, 0);
        let mut lines = vec![line(1, 1000, 0, "open")];
        assert!(pay(&mut debt, &mut lines, 1001).is_err());
    }

    #[test]
    fn lines_before_a_principal_that_is_repaid_at_the_end_bear_its_interest() {
        let mut debt = loan(300, 5, 0);
        let mut lines = vec![
            line(1, 0, 5, "due"),
            line(2, 0, 4, "open"),
            line(3, 300, 4, "open"),
        ];
        pay(&mut debt, &mut lines, 5).unwrap();
        let states = |lines: &[Instalment]| lines.iter().map(|line| line.state.clone()).collect::<Vec<_>>();
        assert_eq!(states(&lines), ["paid", "open", "open"]);
        assert_eq!(lines[1].interest, 4);
        assert_eq!(debt.next_due_day, lines[1].due_day);
        pay(&mut debt, &mut lines, 300).unwrap();
        assert_eq!(states(&lines), ["paid", "paid", "paid"]);
        assert_eq!((lines[1].interest, debt.state.as_str()), (0, "settled"));
    }

    #[test]
    fn early_principal_shortens_the_term() {
        let mut debt = loan(300, 0, 0);
        let mut lines = vec![
            line(1, 100, 5, "open"),
            line(2, 100, 4, "open"),
            line(3, 100, 3, "open"),
        ];
        pay(&mut debt, &mut lines, 150).unwrap();
        assert_eq!(lines[2].state, "paid");
        assert_eq!(lines[1].principal_paid, 50);
        assert_eq!(lines[0].principal_paid, 0);
    }
}
