use domain::accrual;
use domain::extension::{Loan, NotExtended, RenewalEvent, RenewalState, check, check_renewal, most_months};
use domain::lifecycle::Illegal;
use domain::loan::LoanState;
use domain::money::Money;
use domain::product::{Method, Product};
use domain::rate::Rate;
use domain::schedule::{MAX_TERM_MONTHS, Rest, ScheduleError, build, due_date, lay_out};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

#[test]
fn a_term_is_short_up_to_a_year_medium_up_to_five_and_long_beyond() {
    for (term, most) in [
        (1, 1),
        (11, 11),
        (12, 12),
        (13, 6),
        (24, 12),
        (59, 29),
        (60, 30),
        (61, 36),
        (120, 36),
    ] {
        assert_eq!(most_months(term), most, "{term}");
    }
}

fn loan() -> Loan {
    Loan {
        state: LoanState::Active,
        product: Product::Micro,
        term_months: 12,
        extended_months: 0,
        maturity: date(2027, 3, 2),
        behind: false,
    }
}

#[test]
fn each_rule_refuses_by_its_own_name() {
    let on = date(2027, 3, 1);
    assert_eq!(check(&loan(), 12, false, on), Ok(()));
    let other = |change: fn(&mut Loan)| {
        let mut loan = loan();
        change(&mut loan);
        loan
    };
    for (loan, months, on, why) in [
        (
            other(|it| it.state = LoanState::Settled),
            1,
            on,
            NotExtended::Settled,
        ),
        (
            other(|it| it.state = LoanState::Overdue),
            1,
            on,
            NotExtended::Overdue,
        ),
        (other(|it| it.behind = true), 1, on, NotExtended::Overdue),
        (loan(), 1, date(2027, 3, 2), NotExtended::TooLate),
        (loan(), 0, on, NotExtended::NoMonth),
        (loan(), 13, on, NotExtended::TooLong),
        (other(|it| it.extended_months = 7), 6, on, NotExtended::TooLong),
        (
            other(|it| it.extended_months = u32::MAX),
            1,
            on,
            NotExtended::TooLong,
        ),
        (other(|it| it.term_months = 36), 19, on, NotExtended::TooLong),
        (other(|it| it.term_months = 61), 37, on, NotExtended::TooLong),
        (
            other(|it| it.product = Product::Guaranteed),
            1,
            on,
            NotExtended::NoGuarantor,
        ),
    ] {
        assert_eq!(check(&loan, months, false, on), Err(why), "{loan:?} by {months}");
    }
    let guaranteed = other(|it| it.product = Product::Guaranteed);
    assert_eq!(check(&guaranteed, 12, true, on), Ok(()));
    assert_eq!(check(&other(|it| it.extended_months = 7), 5, false, on), Ok(()));
    assert_eq!(check(&other(|it| it.term_months = 36), 18, false, on), Ok(()));
}

#[test]
fn a_loan_is_renewed_shortly_before_its_end_for_as_long_as_before_at_most() {
    let on = date(2027, 3, 1);
    let other = |change: fn(&mut Loan)| {
        let mut loan = loan();
        change(&mut loan);
        loan
    };
    // Ninety days before 2 March 2027.
    for (loan, months, on, agrees, said) in [
        (loan(), 12, on, false, Ok(())),
        (loan(), 1, date(2026, 12, 2), false, Ok(())),
        (loan(), 1, date(2026, 12, 1), false, Err(NotExtended::TooEarly)),
        (loan(), 1, date(2027, 3, 2), false, Err(NotExtended::TooLate)),
        (loan(), 13, on, false, Err(NotExtended::LongerTerm)),
        (loan(), 0, on, false, Err(NotExtended::NoMonth)),
        // Extensions do not count against it, and do not lengthen it.
        (other(|it| it.extended_months = 12), 12, on, false, Ok(())),
        (
            other(|it| it.behind = true),
            1,
            on,
            true,
            Err(NotExtended::Overdue),
        ),
        (
            other(|it| it.state = LoanState::Overdue),
            1,
            on,
            true,
            Err(NotExtended::Overdue),
        ),
        (
            other(|it| it.state = LoanState::Settled),
            1,
            on,
            true,
            Err(NotExtended::Settled),
        ),
        (
            other(|it| it.product = Product::Guaranteed),
            1,
            on,
            false,
            Err(NotExtended::NoGuarantor),
        ),
        (other(|it| it.product = Product::Guaranteed), 1, on, true, Ok(())),
    ] {
        assert_eq!(
            check_renewal(&loan, months, agrees, on),
            said,
            "{loan:?} for {months}"
        );
    }
}

#[test]
fn a_request_is_decided_once() {
    for state in RenewalState::ALL {
        for event in RenewalEvent::ALL {
            let next = state.on(*event);
            if *state == RenewalState::Requested {
                assert!(next.unwrap().is_final());
            } else {
                let refused = Illegal {
                    machine: "renewal",
                    state: state.as_str(),
                    event: event.as_str(),
                };
                assert_eq!(next, Err(refused));
            }
        }
    }
}

/// What is paid monthly, on the day: what accrued day by day from where the loan stood equals every line.
fn accrues_to_the_fen(rest: &Rest) -> Vec<domain::schedule::Instalment> {
    let lines = lay_out(rest).expect("a schedule");
    let (mut left, mut carry, mut accrued, mut day) =
        (rest.principal, rest.carry, rest.accrued, rest.accrued_to);
    for line in &lines {
        while day < line.due {
            let (interest, next) = accrual::daily(left, rest.rate, carry).expect("interest");
            (accrued, carry, day) = (
                accrued.checked_add(interest).expect("a sum"),
                next,
                day.tomorrow().expect("a day"),
            );
        }
        assert_eq!(accrued, line.interest, "instalment {}", line.number);
        accrued = Money::ZERO;
        left = left.checked_sub(line.principal).expect("a rest");
    }
    assert_eq!(left, Money::ZERO);
    lines
}

#[test]
fn a_loan_of_interest_first_owes_its_principal_later_and_interest_meanwhile() {
    // 120,000 yuan at 6 %: 20 yuan a day. Three months, extended by two after twenty days of the second.
    let rest = Rest {
        method: Method::InterestFirst,
        principal: Money::fen(12_000_000),
        rate: Rate::ppm(60_000).unwrap(),
        start: date(2026, 1, 31),
        first: 2,
        last: 5,
        accrued: Money::fen(40_000),
        accrued_to: date(2026, 3, 20),
        carry: 0,
    };
    let lines: Vec<(u32, String, i64, i64)> = accrues_to_the_fen(&rest)
        .iter()
        .map(|line| {
            (
                line.number,
                line.due.to_string(),
                line.principal.as_fen(),
                line.interest.as_fen(),
            )
        })
        .collect();
    let expected = [
        (2, "2026-03-31", 0, 62_000),
        (3, "2026-04-30", 0, 60_000),
        (4, "2026-05-31", 0, 62_000),
        (5, "2026-06-30", 12_000_000, 60_000),
    ]
    .map(|(number, due, principal, interest)| (number, due.to_owned(), principal, interest));
    assert_eq!(lines, expected);
}

#[test]
fn what_cannot_be_laid_out_is_refused() {
    let rest = Rest {
        method: Method::EqualInstalment,
        principal: Money::fen(100),
        rate: Rate::ppm(50_000).unwrap(),
        start: date(2026, 1, 1),
        first: 3,
        last: 14,
        accrued: Money::ZERO,
        accrued_to: date(2026, 3, 10),
        carry: 0,
    };
    assert_eq!(lay_out(&rest).unwrap().len(), 12);
    for (first, last) in [(0, 5), (6, 5), (3, 3 + MAX_TERM_MONTHS), (1, u32::MAX)] {
        assert_eq!(lay_out(&Rest { first, last, ..rest }), Err(ScheduleError::Term));
    }
    // Outside of the period that has begun.
    for accrued_to in [date(2026, 2, 28), date(2026, 4, 2)] {
        assert_eq!(lay_out(&Rest { accrued_to, ..rest }), Err(ScheduleError::Date));
    }
    let nothing = Rest {
        principal: Money::ZERO,
        ..rest
    };
    assert_eq!(lay_out(&nothing), Err(ScheduleError::Principal));
    assert_eq!(due_date(date(2026, 1, 31), 1), Ok(date(2026, 2, 28)));
    assert_eq!(due_date(date(2026, 1, 31), u32::MAX), Err(ScheduleError::Date));
}

fn start() -> impl Strategy<Value = Date> {
    (2020i16..2060, 1i8..=12, 1i8..=31).prop_map(|(year, month, day)| {
        let last = Date::new(year, month, 1).unwrap_or_default().last_of_month();
        last.min(last.with().day(day).build().unwrap_or(last))
    })
}

proptest! {
    /// Any loan, extended on any day of any period, once more on another: what it accrues is what it is told to pay.
    #[test]
    fn an_extended_loan_accrues_its_schedule_to_the_fen(
        method in prop::sample::select(Method::ALL), fen in 1i64..10_000_000_000, ppm in 0i64..=240_000,
        start in start(), term in 1u32..=18, share in 0u32..100, day in 0i64..31, early in 0i64..3,
    ) {
        let rate = Rate::ppm(ppm).unwrap();
        let whole = build(method, Money::fen(fen), rate, start, term).unwrap();
        // Paid on time up to the period in which it is extended, on a day of which the books stand where daily accrual left them.
        let paid = share * term / 100;
        let (mut left, mut carry, mut today) = (Money::fen(fen), 0, start);
        for line in whole.iter().take(usize::try_from(paid).unwrap()) {
            while today < line.due {
                (_, carry) = accrual::daily(left, rate, carry).unwrap();
                today = today.tomorrow().unwrap();
            }
            left = left.checked_sub(line.principal).unwrap();
        }
        prop_assume!(left.is_positive());
        let until = today.checked_add(day.days()).unwrap().min(due_date(start, paid + 1).unwrap());
        let mut accrued = Money::ZERO;
        while today < until {
            let (interest, next) = accrual::daily(left, rate, carry).unwrap();
            (accrued, carry, today) = (accrued.checked_add(interest).unwrap(), next, today.tomorrow().unwrap());
        }
        // Some of the principal may have been paid early.
        let left = Money::fen(left.as_fen() - left.as_fen() * early / 4);
        prop_assume!(left.is_positive());
        let last = term + most_months(term);
        let rest = Rest { method, principal: left, rate, start, first: paid + 1, last, accrued, accrued_to: today, carry };
        let lines = accrues_to_the_fen(&rest);
        prop_assert_eq!(lines.len(), usize::try_from(last - paid).unwrap());
        prop_assert_eq!(lines.last().unwrap().due, due_date(start, last).unwrap());
        prop_assert!(lines.iter().all(|line| !line.principal.is_negative() && !line.interest.is_negative()));
    }

    /// From the first day on it is the schedule itself.
    #[test]
    fn laid_out_whole_it_is_the_schedule(
        method in prop::sample::select(Method::ALL), fen in 1i64..10_000_000_000, ppm in 0i64..=240_000,
        start in start(), term in 1u32..=36,
    ) {
        let rate = Rate::ppm(ppm).unwrap();
        let principal = Money::fen(fen);
        let rest = Rest {
            method, principal, rate, start, first: 1, last: term,
            accrued: Money::ZERO, accrued_to: start, carry: 0,
        };
        prop_assert_eq!(lay_out(&rest), build(method, principal, rate, start, term));
    }
}
