use domain::accrual;
use domain::money::Money;
use domain::payoff::{Payoff, PayoffError, Position, quote};
use domain::penalty::{self, LATE_MULTIPLIER_PPM};
use domain::rate::Rate;
use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

/// A loan of 100,000 yuan at 3.6 %, ten yuan a day, accrued up to 1 March 2026.
fn sound() -> Position {
    Position {
        principal: Money::fen(10_000_000),
        overdue_principal: Money::ZERO,
        interest: Money::ZERO,
        overdue_interest: Money::ZERO,
        penalty: Money::ZERO,
        rate: Rate::ppm(36_000).expect("a rate"),
        multiplier_ppm: LATE_MULTIPLIER_PPM,
        interest_carry: 0,
        penalty_carry: 0,
        accrued_to: date(2026, 3, 1),
    }
}

#[test]
fn whoever_pays_early_owes_interest_for_the_days_used() {
    let quoted = quote(&sound(), date(2026, 3, 11)).unwrap();
    assert_eq!(
        (quoted.interest, quoted.total),
        (Money::fen(10_000), Money::fen(10_010_000))
    );
    assert_eq!(
        quote(&sound(), date(2026, 3, 1)).unwrap().total,
        Money::fen(10_000_000)
    );
}

#[test]
fn what_is_overdue_bears_penalty_instead_of_interest() {
    let position = Position {
        overdue_principal: Money::fen(1_000_000),
        interest: Money::fen(5_000),
        overdue_interest: Money::fen(3_000),
        penalty: Money::fen(40),
        ..sound()
    };
    let quoted = quote(&position, date(2026, 3, 11)).unwrap();
    // Ten days of 90,000 yuan at 3.6 %, and of 10,030 yuan at 5.4 %.
    let expected = Payoff {
        principal: Money::fen(10_000_000),
        interest: Money::fen(14_000),
        penalty: Money::fen(1_544),
        total: Money::fen(10_015_544),
        interest_since: Money::fen(9_000),
        penalty_since: Money::fen(1_504),
    };
    assert_eq!(quoted, expected);
}

#[test]
fn a_quote_for_the_past_or_on_impossible_books_is_refused() {
    assert_eq!(quote(&sound(), date(2026, 2, 28)), Err(PayoffError::Past));
    let on = date(2026, 3, 2);
    let negative = Position {
        penalty: Money::fen(-1),
        ..sound()
    };
    assert_eq!(quote(&negative, on), Err(PayoffError::Amount));
    let more = Position {
        overdue_principal: Money::fen(10_000_001),
        ..sound()
    };
    assert_eq!(quote(&more, on), Err(PayoffError::Amount));
    let more = Position {
        interest: Money::fen(7),
        overdue_interest: Money::fen(8),
        ..sound()
    };
    assert_eq!(quote(&more, on), Err(PayoffError::Amount));
}

proptest! {
    #[test]
    fn a_quote_is_what_the_books_will_show(
        fen in 1i64..1_000_000_000, part in 0i64..=100, interest in 0i64..100_000, ppm in 0i64..=240_000,
        carries in (0i64..360_000_000, 0i64..360_000_000), days in 0i32..120,
    ) {
        let position = Position {
            principal: Money::fen(fen),
            overdue_principal: Money::fen(fen / 100 * part),
            interest: Money::fen(interest),
            overdue_interest: Money::fen(interest / 2),
            rate: Rate::ppm(ppm).unwrap(),
            interest_carry: carries.0,
            penalty_carry: carries.1,
            ..sound()
        };
        let performing = Money::fen(fen - fen / 100 * part);
        let (mut interest, mut penalty, mut carries) = (position.interest, position.penalty, carries);
        for _ in 0..days {
            let (more, carry) = accrual::daily(performing, position.rate, carries.0).unwrap();
            let (late, late_carry) = penalty::daily(
                position.overdue_principal, position.overdue_interest, position.rate, LATE_MULTIPLIER_PPM, carries.1,
            ).unwrap();
            interest = interest.checked_add(more).unwrap();
            penalty = penalty.checked_add(late).unwrap();
            carries = (carry, late_carry);
        }
        let quoted = quote(&position, position.accrued_to + days.days()).unwrap();
        prop_assert_eq!((quoted.interest, quoted.penalty), (interest, penalty));
        prop_assert_eq!(quoted.total, Money::checked_sum([quoted.principal, interest, penalty]).unwrap());
    }
}
