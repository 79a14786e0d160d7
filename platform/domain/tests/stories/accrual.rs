use domain::accrual::{AccrualError, CARRY_UNITS_PER_FEN, daily, days};
use domain::money::Money;
use domain::rate::Rate;
use proptest::prelude::*;

#[test]
fn a_fraction_of_a_fen_waits_until_it_is_whole() {
    // 1 yuan at 3.6 %: one fen in a hundred days.
    let rate = Rate::ppm(36_000).unwrap();
    let (mut carry, mut paid) = (0, vec![]);
    for day in 1..=200 {
        let (interest, next) = daily(Money::fen(100), rate, carry).unwrap();
        carry = next;
        if interest.is_positive() {
            paid.push(day);
        }
    }
    assert_eq!(paid, [100, 200]);
}

#[test]
fn what_cannot_accrue_is_refused() {
    let rate = Rate::MAX;
    assert_eq!(
        daily(Money::fen(-1), rate, 0),
        Err(AccrualError::NegativePrincipal)
    );
    assert_eq!(daily(Money::fen(1), rate, -1), Err(AccrualError::Carry));
    assert_eq!(
        daily(Money::fen(1), rate, CARRY_UNITS_PER_FEN),
        Err(AccrualError::Carry)
    );
    assert_eq!(days(Money::fen(1), rate, -1, 0), Err(AccrualError::NegativeDays));
    assert_eq!(daily(Money::fen(i64::MAX), rate, 0), Err(AccrualError::Overflow));
    // The last product that 64 bits hold, and the carry that no longer fits beside it.
    let most = i64::MAX / 240_000;
    assert!(daily(Money::fen(most), rate, 0).is_ok());
    let room = i64::MAX - most * 240_000;
    assert!(daily(Money::fen(most), rate, room).is_ok());
    assert_eq!(
        daily(Money::fen(most), rate, room + 1),
        Err(AccrualError::Overflow)
    );
}

proptest! {
    #[test]
    fn any_split_of_the_days_gives_the_whole(
        fen in 0i64..10_000_000_000, ppm in 0i64..=240_000, start in 0..CARRY_UNITS_PER_FEN,
        spans in prop::collection::vec(0i64..60, 0..12),
    ) {
        let (principal, rate) = (Money::fen(fen), Rate::ppm(ppm).unwrap());
        let mut sum = Money::ZERO;
        let mut carry = start;
        for span in &spans {
            let (interest, next) = days(principal, rate, *span, carry).unwrap();
            sum = sum.checked_add(interest).unwrap();
            carry = next;
        }
        prop_assert_eq!((sum, carry), days(principal, rate, spans.iter().sum(), start).unwrap());
    }

    #[test]
    fn nothing_is_lost_and_the_carry_stays_below_a_fen(
        fen in 0i64..10_000_000_000, ppm in 0i64..=240_000, carry in 0..CARRY_UNITS_PER_FEN,
    ) {
        let (interest, next) = daily(Money::fen(fen), Rate::ppm(ppm).unwrap(), carry).unwrap();
        prop_assert!((0..CARRY_UNITS_PER_FEN).contains(&next));
        prop_assert_eq!(interest.as_fen() * CARRY_UNITS_PER_FEN + next, fen * ppm + carry);
    }
}
