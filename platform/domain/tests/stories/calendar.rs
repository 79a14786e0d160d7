use domain::calendar::{Calendar, CalendarError};
use jiff::civil::{Date, date};

fn shipped() -> &'static Calendar {
    static SHIPPED: std::sync::LazyLock<Calendar> = std::sync::LazyLock::new(Calendar::shipped);
    &SHIPPED
}

#[test]
fn spring_festival_2026_is_free_and_its_weekends_are_worked() {
    let calendar = shipped();
    let free = (15..=23).all(|day| !calendar.is_workday(date(2026, 2, day)));
    assert!(free);
    // Saturdays worked in exchange.
    assert!(calendar.is_workday(date(2026, 2, 14)));
    assert!(calendar.is_workday(date(2026, 2, 28)));
    assert_eq!(calendar.next_workday(date(2026, 2, 14)), date(2026, 2, 24));
}

#[test]
fn a_year_has_248_workdays_as_the_law_gives_13_holidays() {
    // 365 days, 104 of them weekend, and the 13 holidays of 全国年节及纪念日放假办法 (2024);
    // every other free day is worked off on a weekend.
    for year in [2025, 2026] {
        let days: Vec<Date> = date(year, 1, 1)
            .series(jiff::Span::new().days(1))
            .take_while(|day| day.year() == year)
            .collect();
        assert!(days.iter().all(|day| shipped().covers(*day)));
        assert_eq!(
            days.iter().filter(|day| shipped().is_workday(**day)).count(),
            248,
            "{year}"
        );
    }
}

#[test]
fn beyond_the_data_the_week_decides_and_says_that_it_guesses() {
    let calendar = shipped();
    let unknown = date(2031, 10, 1);
    assert!(!calendar.covers(unknown));
    assert!(calendar.is_workday(unknown), "a Wednesday");
    assert!(!calendar.is_workday(date(2031, 10, 4)), "a Saturday");
}

#[test]
fn a_branch_is_open_from_half_past_eight_until_five_on_workdays() {
    let calendar = shipped();
    let monday = date(2026, 3, 2);
    let open = |hour: u16, minute: u16| calendar.branch_open(monday, hour * 60 + minute);
    assert!(!open(8, 29));
    assert!(open(8, 30));
    assert!(open(16, 59));
    assert!(!open(17, 0));
    assert!(!calendar.branch_open(date(2026, 3, 1), 600), "a Sunday");
    assert!(
        calendar.branch_open(date(2026, 1, 4), 600),
        "a Sunday worked in exchange"
    );
    assert!(!calendar.branch_open(date(2026, 10, 1), 600), "National Day");
}

#[test]
fn the_workday_after_the_end_of_time_is_its_last_day() {
    assert_eq!(shipped().next_workday(Date::MAX), Date::MAX);
}

/// One year's file with these holidays and make-up days.
fn year(holidays: &str, workdays: &str) -> String {
    format!(
        r#"{{"year": 2030, "source": "s", "verified": "v", "holidays": [{holidays}], "workdays": [{workdays}]}}"#
    )
}

#[test]
fn faulty_data_is_refused() {
    let refusal = |text: &str| Calendar::from_json([text]).unwrap_err();
    let other_year = year(r#"{"name": "x", "from": "2031-01-01", "to": "2031-01-01"}"#, "");
    assert!(matches!(
        refusal(&other_year),
        CalendarError::OutOfPlace { year: 2030, .. }
    ));
    let backwards = year(r#"{"name": "x", "from": "2030-05-03", "to": "2030-05-01"}"#, "");
    assert!(matches!(refusal(&backwards), CalendarError::OutOfPlace { .. }));
    let monday = year("", r#""2030-01-07""#);
    assert!(matches!(refusal(&monday), CalendarError::NotMadeUp(_)));
    let both = year(
        r#"{"name": "x", "from": "2030-01-05", "to": "2030-01-05"}"#,
        r#""2030-01-05""#,
    );
    assert!(matches!(refusal(&both), CalendarError::NotMadeUp(_)));
    assert!(matches!(
        refusal(r#"{"year": 2030, "holidays": [], "workdays": []}"#),
        CalendarError::Format(_)
    ));
    let good = year("", "");
    assert!(matches!(
        Calendar::from_json([good.as_str(), good.as_str()]),
        Err(CalendarError::Twice(2030))
    ));
}
