//! Times and spans as whole microseconds, and how they are written.

use jiff::Timestamp;

/// One second in microseconds.
pub(crate) const SECOND: i64 = 1_000_000;
/// One minute in microseconds.
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// One hour in microseconds.
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// One day in microseconds.
pub(crate) const DAY: i64 = 24 * HOUR;

/// What Go writes for no time, and so what Alertmanager writes as the end of an alert that fires.
pub(crate) const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// RFC 3339 in UTC, with as many digits as it takes.
pub(crate) fn rfc3339(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| NO_TIME.to_owned(), |at| at.to_string())
}

/// Reads RFC 3339; Go's zero time is `None`.
///
/// # Errors
/// For any other text.
pub(crate) fn parse_rfc3339(text: &str) -> Result<Option<i64>, jiff::Error> {
    if text.starts_with("0001-01-01T00:00:00") {
        return Ok(None);
    }
    text.parse::<Timestamp>().map(|at| Some(at.as_microsecond()))
}

/// As people in China read it, to the second.
pub(crate) fn local(micros: i64) -> String {
    let at = Timestamp::from_microsecond(micros).unwrap_or_default();
    base::clock::china(at).strftime("%m-%d %H:%M:%S").to_string()
}

/// Minutes since midnight and the day of the week (1 Monday – 7 Sunday) in China.
pub(crate) fn minute_and_weekday(micros: i64) -> (u16, i8) {
    let at = base::clock::china(Timestamp::from_microsecond(micros).unwrap_or_default());
    let minute = u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs());
    (minute, at.weekday().to_monday_one_offset())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_out_and_come_back_as_go_writes_them() {
        assert_eq!(rfc3339(1_700_000_000_123_000), "2023-11-14T22:13:20.123Z");
        assert_eq!(rfc3339(1_700_000_000_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(
            parse_rfc3339("2023-11-14T22:13:20.123Z").unwrap(),
            Some(1_700_000_000_123_000)
        );
        assert_eq!(
            parse_rfc3339("2023-11-15T06:13:20+08:00").unwrap(),
            Some(1_700_000_000_000_000)
        );
        assert_eq!(parse_rfc3339(NO_TIME).unwrap(), None);
        assert!(parse_rfc3339("yesterday").is_err());
    }
}
