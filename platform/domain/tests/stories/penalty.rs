use domain::accrual;
use domain::money::Money;
use domain::penalty::{LATE_MULTIPLIER_PPM, PenaltyError, daily, days, rate};
use domain::rate::Rate;

const PRINCIPAL: Money = Money::fen(1_000_000);
const INTEREST: Money = Money::fen(50_000);

#[test]
fn lateness_costs_half_as_much_again() {
    let contract = Rate::ppm(60_000).unwrap();
    assert_eq!(
        rate(contract, LATE_MULTIPLIER_PPM),
        Rate::ppm(90_000).map_err(|_| unreachable!())
    );
    // 10,500 yuan at 9 % ÷ 360.
    assert_eq!(
        daily(PRINCIPAL, INTEREST, contract, LATE_MULTIPLIER_PPM, 0).unwrap(),
        (Money::fen(262), 180_000_000)
    );
}

#[test]
fn a_fraction_of_the_rate_is_the_customers() {
    let contract = Rate::ppm(43_501).unwrap();
    assert_eq!(rate(contract, LATE_MULTIPLIER_PPM).unwrap().as_ppm(), 65_251);
}

#[test]
fn the_penalty_rate_stays_within_what_a_lender_may_claim() {
    let contract = Rate::ppm(200_000).unwrap();
    assert_eq!(rate(contract, LATE_MULTIPLIER_PPM), Ok(Rate::MAX));
}

#[test]
fn a_multiplier_outside_the_rule_is_refused() {
    for wrong in [0, 999_999, 2_000_001, i64::MAX] {
        assert_eq!(rate(Rate::MAX, wrong), Err(PenaltyError::Multiplier(wrong)));
    }
}

#[test]
fn nothing_overdue_bears_nothing() {
    assert_eq!(
        daily(Money::ZERO, Money::ZERO, Rate::MAX, LATE_MULTIPLIER_PPM, 7),
        Ok((Money::ZERO, 7))
    );
    assert_eq!(
        daily(Money::fen(-1), Money::ZERO, Rate::MAX, LATE_MULTIPLIER_PPM, 0),
        Err(PenaltyError::Amount)
    );
}

#[test]
fn penalty_is_the_accrual_of_what_is_overdue() {
    let contract = Rate::ppm(49_500).unwrap();
    let late = rate(contract, LATE_MULTIPLIER_PPM).unwrap();
    let whole = PRINCIPAL.checked_add(INTEREST).unwrap();
    assert_eq!(
        days(PRINCIPAL, INTEREST, contract, LATE_MULTIPLIER_PPM, 45, 11).unwrap(),
        accrual::days(whole, late, 45, 11).unwrap()
    );
}
