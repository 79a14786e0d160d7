use domain::money::{Money, Rounding};
use domain::rate::{Rate, RateError};
use proptest::prelude::*;

#[test]
fn a_sum_that_does_not_fit_is_refused_not_wrapped() {
    let most = Money::fen(i64::MAX);
    assert_eq!(most.checked_add(Money::fen(1)), None);
    assert_eq!(Money::fen(i64::MIN).checked_sub(Money::fen(1)), None);
    assert_eq!(Money::checked_sum([most, Money::fen(1)]), None);
    assert_eq!(
        Money::checked_sum([Money::fen(3), Money::fen(-5)]),
        Some(Money::fen(-2))
    );
    assert_eq!(most.mul_ratio(2, 1, Rounding::Down), None);
}

#[test]
fn a_half_goes_to_the_even_neighbour_in_both_directions() {
    let cases = [
        (5, 2),
        (15, 2),
        (25, 2),
        (-5, -2),
        (-15, -2),
        (-25, -2),
        (16, 2),
        (14, 1),
        (-16, -2),
        (-14, -1),
    ];
    for (tenths, expected) in cases {
        let rounded = Money::fen(tenths).mul_ratio(1, 10, Rounding::HalfEven);
        // 0.5 -> 0, 1.5 -> 2, 2.5 -> 2
        let expected = if tenths.abs() == 5 { 0 } else { expected };
        assert_eq!(rounded, Some(Money::fen(expected)), "{tenths}/10");
    }
}

#[test]
fn down_cuts_towards_zero() {
    assert_eq!(
        Money::fen(19).mul_ratio(1, 10, Rounding::Down),
        Some(Money::fen(1))
    );
    assert_eq!(
        Money::fen(-19).mul_ratio(1, 10, Rounding::Down),
        Some(Money::fen(-1))
    );
}

#[test]
fn dividing_by_nothing_or_less_gives_nothing() {
    for den in [0, -1, i64::MIN] {
        assert_eq!(Money::fen(100).mul_ratio(1, den, Rounding::HalfEven), None);
        assert_eq!(Money::fen(100).mul_ratio(1, den, Rounding::Down), None);
    }
}

#[test]
fn money_is_a_plain_integer_in_json_and_yuan_to_the_eye() {
    assert_eq!(serde_json::to_string(&Money::fen(123_405)).unwrap(), "123405");
    assert_eq!(serde_json::from_str::<Money>("-7").unwrap(), Money::fen(-7));
    assert!(serde_json::from_str::<Money>("1.5").is_err());
    assert_eq!(Money::fen(123_405).to_string(), "1234.05");
    assert_eq!(Money::fen(-7).to_string(), "-0.07");
    assert_eq!(Money::fen(i64::MIN).to_string(), "-92233720368547758.08");
}

#[test]
fn a_rate_stays_within_what_a_lender_may_claim() {
    assert_eq!(Rate::ppm(-1), Err(RateError(-1)));
    assert_eq!(Rate::ppm(240_001), Err(RateError(240_001)));
    assert_eq!(Rate::ppm(240_000), Ok(Rate::MAX));
    assert!(serde_json::from_str::<Rate>("240001").is_err());
    assert_eq!(Rate::ppm(43_500).unwrap().to_string(), "4.3500%");
}

#[test]
fn interest_counts_actual_days_on_a_year_of_360() {
    let rate = Rate::ppm(36_000).unwrap();
    // 100,000 yuan at 3.6 %: ten yuan a day.
    assert_eq!(rate.interest(Money::fen(10_000_000), 1), Some(Money::fen(1_000)));
    assert_eq!(
        rate.interest(Money::fen(10_000_000), 365),
        Some(Money::fen(365_000))
    );
    assert_eq!(rate.interest(Money::fen(9_999), 1), Some(Money::ZERO));
    assert_eq!(Rate::MAX.interest(Money::fen(i64::MAX), i64::MAX), None);
}

proptest! {
    #[test]
    fn rounding_is_off_by_at_most_a_half(fen in -1_000_000_000_000i64..1_000_000_000_000, num in -1_000_000i64..1_000_000, den in 1i64..1_000_000) {
        let rounded = Money::fen(fen).mul_ratio(num, den, Rounding::HalfEven).unwrap();
        let error = i128::from(rounded.as_fen()) * i128::from(den) - i128::from(fen) * i128::from(num);
        prop_assert!(error.abs() * 2 <= i128::from(den));
    }

    #[test]
    fn cutting_never_enlarges_and_loses_less_than_one(fen in any::<i64>(), den in 1i64..1_000_000) {
        let cut = Money::fen(fen).mul_ratio(1, den, Rounding::Down).unwrap();
        let error = i128::from(fen) - i128::from(cut.as_fen()) * i128::from(den);
        prop_assert!(error.abs() < i128::from(den));
        prop_assert!(error.signum() * i128::from(fen.signum()) >= 0);
    }
}
