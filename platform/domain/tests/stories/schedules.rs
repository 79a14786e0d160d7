use domain::accrual;
use domain::annuity::level_payment;
use domain::money::Money;
use domain::product::Method;
use domain::rate::Rate;
use domain::schedule::{Instalment, MAX_TERM_MONTHS, ScheduleError, build};
use jiff::civil::{Date, date};
use proptest::prelude::*;

/// Due date, principal and interest of each line.
fn lines(method: Method, fen: i64, ppm: i64, start: Date, term: u32) -> Vec<(String, i64, i64)> {
    let schedule = build(
        method,
        Money::fen(fen),
        Rate::ppm(ppm).expect("a rate"),
        start,
        term,
    );
    let line = |one: Instalment| (one.due.to_string(), one.principal.as_fen(), one.interest.as_fen());
    schedule.expect("a schedule").into_iter().map(line).collect()
}

// The expected figures come from a computation with exact fractions elsewhere.

#[test]
fn equal_instalments_are_equal_and_clamp_to_the_end_of_the_month() {
    let schedule = lines(Method::EqualInstalment, 12_000_000, 60_000, date(2026, 1, 31), 12);
    let expected = [
        ("2026-02-28", 977_019, 56_000),
        ("2026-03-31", 976_067, 56_952),
        ("2026-04-30", 982_785, 50_234),
        ("2026-05-31", 986_188, 46_831),
        ("2026-06-30", 992_629, 40_390),
        ("2026-07-31", 996_411, 36_608),
        ("2026-08-31", 1_001_560, 31_459),
        ("2026-09-30", 1_007_582, 25_437),
        ("2026-10-31", 1_011_941, 21_078),
        ("2026-11-30", 1_017_680, 15_339),
        ("2026-12-31", 1_022_426, 10_593),
        ("2027-01-31", 1_027_712, 5_310),
    ]
    .map(|(due, principal, interest)| (due.to_owned(), principal, interest));
    assert_eq!(schedule, expected);
}

#[test]
fn equal_instalments_over_a_leap_february() {
    let schedule = lines(Method::EqualInstalment, 30_000_000, 49_500, date(2027, 11, 30), 6);
    let expected = [
        ("2027-12-30", 4_949_492, 123_750),
        ("2028-01-30", 4_966_465, 106_777),
        ("2028-02-29", 4_990_395, 82_847),
        ("2028-03-30", 5_010_981, 62_261),
        ("2028-04-30", 5_030_264, 42_978),
        ("2028-05-30", 5_052_403, 20_841),
    ]
    .map(|(due, principal, interest)| (due.to_owned(), principal, interest));
    assert_eq!(schedule, expected);
}

#[test]
fn equal_principal_gives_the_last_instalment_the_rest() {
    let schedule = lines(Method::EqualPrincipal, 10_000_000, 0, date(2026, 3, 15), 3);
    assert_eq!(
        schedule.iter().map(|line| line.1).collect::<Vec<_>>(),
        [3_333_333, 3_333_333, 3_333_334]
    );
    assert!(schedule.iter().all(|line| line.2 == 0));
}

#[test]
fn interest_first_pays_principal_once_at_the_end() {
    let schedule = lines(Method::InterestFirst, 12_000_000, 60_000, date(2026, 1, 31), 3);
    let expected = [
        ("2026-02-28", 0, 56_000),
        ("2026-03-31", 0, 62_000),
        ("2026-04-30", 12_000_000, 60_000),
    ]
    .map(|(due, principal, interest)| (due.to_owned(), principal, interest));
    assert_eq!(schedule, expected);
}

#[test]
fn what_cannot_be_scheduled_is_refused() {
    let rate = Rate::ppm(50_000).unwrap();
    let start = date(2026, 1, 1);
    let term =
        |principal, term, start| build(Method::EqualInstalment, Money::fen(principal), rate, start, term);
    assert_eq!(term(0, 12, start), Err(ScheduleError::Principal));
    assert_eq!(term(-1, 12, start), Err(ScheduleError::Principal));
    assert_eq!(term(100, 0, start), Err(ScheduleError::Term));
    assert_eq!(term(100, MAX_TERM_MONTHS + 1, start), Err(ScheduleError::Term));
    assert_eq!(term(100, 2, date(9999, 11, 30)), Err(ScheduleError::Date));
    assert!(matches!(
        term(i64::MAX, 12, start),
        Err(ScheduleError::Interest(_))
    ));
}

#[test]
fn a_loan_of_a_few_fen_never_has_negative_principal() {
    // The level payment rounds to nothing while interest still gathers to a fen at times.
    let schedule = lines(
        Method::EqualInstalment,
        20,
        240_000,
        date(2026, 1, 1),
        MAX_TERM_MONTHS,
    );
    assert!(schedule.iter().any(|line| line.2 > 0));
    assert!(schedule.iter().all(|line| line.1 >= 0));
}

fn method() -> impl Strategy<Value = Method> {
    prop::sample::select(Method::ALL)
}

/// Any day of forty years, the last days of months among them.
fn start() -> impl Strategy<Value = Date> {
    (2020i16..2060, 1i8..=12, 1i8..=31).prop_map(|(year, month, day)| {
        let last = Date::new(year, month, 1).unwrap_or_default().last_of_month();
        last.min(last.with().day(day).build().unwrap_or(last))
    })
}

/// From one fen to a hundred million yuan, small amounts as often as large ones.
fn principal() -> impl Strategy<Value = i64> {
    prop_oneof![1i64..500, 1i64..1_000_000, 1_000_000i64..10_000_000_000]
}

proptest! {
    #[test]
    fn principal_sums_exactly_and_nothing_is_negative(
        method in method(), fen in principal(), ppm in 0i64..=240_000, start in start(), term in 1u32..=MAX_TERM_MONTHS,
    ) {
        let schedule = build(method, Money::fen(fen), Rate::ppm(ppm).unwrap(), start, term).unwrap();
        prop_assert_eq!(schedule.len(), usize::try_from(term).unwrap());
        let sum = Money::checked_sum(schedule.iter().map(|one| one.principal)).unwrap();
        prop_assert_eq!(sum, Money::fen(fen));
        for (one, number) in schedule.iter().zip(1u32..) {
            prop_assert_eq!(one.number, number);
            prop_assert!(!one.principal.is_negative() && !one.interest.is_negative());
            prop_assert!(ppm > 0 || one.interest.is_zero());
        }
    }

    #[test]
    fn due_dates_ascend_and_keep_to_the_day_of_the_month(
        method in method(), start in start(), term in 1u32..=MAX_TERM_MONTHS,
    ) {
        let schedule = build(method, Money::fen(1_000_000), Rate::ZERO, start, term).unwrap();
        let mut before = start;
        for one in &schedule {
            prop_assert!(one.due > before);
            prop_assert_eq!(one.due.day(), start.day().min(one.due.days_in_month()));
            before = one.due;
        }
        let month = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month());
        prop_assert_eq!(month(before) - month(start), i32::try_from(term).unwrap());
    }

    #[test]
    fn a_loan_paid_on_time_accrues_its_schedule_to_the_fen(
        method in method(), fen in principal(), ppm in 0i64..=240_000, start in start(), term in 1u32..=18,
    ) {
        let rate = Rate::ppm(ppm).unwrap();
        let schedule = build(method, Money::fen(fen), rate, start, term).unwrap();
        let (mut left, mut carry, mut accrued, mut day) = (Money::fen(fen), 0, Money::ZERO, start);
        for one in &schedule {
            while day < one.due {
                let (interest, next) = accrual::daily(left, rate, carry).unwrap();
                (accrued, carry, day) = (accrued.checked_add(interest).unwrap(), next, day.tomorrow().unwrap());
            }
            prop_assert_eq!(accrued, one.interest);
            accrued = Money::ZERO;
            left = left.checked_sub(one.principal).unwrap();
        }
    }

    #[test]
    fn instalments_are_level_and_the_last_differs_by_rounding_only(
        yuan in 1_000i64..100_000_000, ppm in 0i64..=240_000, start in start(), term in 2u32..=MAX_TERM_MONTHS,
    ) {
        let schedule = build(Method::EqualInstalment, Money::fen(yuan * 100), Rate::ppm(ppm).unwrap(), start, term).unwrap();
        let pay = |one: &Instalment| one.principal.as_fen() + one.interest.as_fen();
        let (last, level) = schedule.split_last().unwrap();
        let first = pay(&level[0]);
        prop_assert!(level.iter().all(|one| pay(one) == first));
        // Half a fen of rounding in each payment grows at up to 2.07 % a month until the end.
        let growth = 1.0 + 240_000.0 * 31.0 / 3.6e8_f64;
        let most = f64::from(term) + 0.5 * (0..term).map(|left| growth.powf(f64::from(left))).sum::<f64>();
        let difference = (pay(last) - first).abs() as f64;
        prop_assert!(difference <= most, "{difference} > {most}");
    }

    #[test]
    fn a_level_payment_is_the_textbook_annuity_when_periods_are_equal(
        yuan in 1_000i64..1_000_000, ppm in 1_000i64..=240_000, term in 1usize..=120,
    ) {
        let level = level_payment(Money::fen(yuan * 100), Rate::ppm(ppm).unwrap(), &vec![30; term]).unwrap();
        let monthly = ppm as f64 / 1e6 / 12.0;
        let textbook = yuan as f64 * 100.0 * monthly / (1.0 - (1.0 + monthly).powi(-i32::try_from(term).unwrap()));
        prop_assert!((level.as_fen() as f64 - textbook).abs() <= 0.51, "{} against {textbook}", level.as_fen());
    }
}
