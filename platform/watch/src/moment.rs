//! Times and spans of time as Prometheus's HTTP interface takes them.

use jiff::Timestamp;

/// Latest time that a date can have, in seconds.
const LATEST: f64 = 253_402_300_799.0;

/// A time in seconds since 1970, with or without a fraction, or in RFC 3339; gives milliseconds.
#[must_use]
pub fn time(text: &str) -> Option<i64> {
    match text.parse::<f64>() {
        Ok(seconds) => millis(seconds),
        Err(_) => Some(text.parse::<Timestamp>().ok()?.as_millisecond()),
    }
}

/// A span in seconds, with or without a fraction, or as in `15s`, `1m30s`, `1d`; gives milliseconds.
#[must_use]
pub fn span(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return millis(seconds);
    }
    let mut all = 0_i64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.len() - after.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let (unit, after) = after.split_at_checked(letters)?;
        let unit = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            "y" => 31_536_000_000,
            _ => return None,
        };
        all = all.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(all)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "held against the years that a date can have just before"
)]
fn millis(seconds: f64) -> Option<i64> {
    (0.0..=LATEST)
        .contains(&seconds)
        .then(|| (seconds * 1e3).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_spans_are_read_as_prometheus_reads_them() {
        for (text, wanted) in [
            ("0", Some(0)),
            ("1.5", Some(1_500)),
            ("1700000000.123", Some(1_700_000_000_123)),
            ("2026-11-27T01:00:00Z", Some(1_795_741_200_000)),
            ("2026-11-27T09:00:00.5+08:00", Some(1_795_741_200_500)),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("now", None),
            ("", None),
        ] {
            assert_eq!(time(text), wanted, "{text}");
        }
        for (text, wanted) in [
            ("15", Some(15_000)),
            ("0.5", Some(500)),
            ("15s", Some(15_000)),
            ("1m30s", Some(90_000)),
            ("5ms", Some(5)),
            ("1d", Some(86_400_000)),
            ("", None),
            ("s", None),
            ("5", Some(5_000)),
            ("5x", None),
            ("5s3", None),
            ("分", None),
            ("99999999999999999y", None),
        ] {
            assert_eq!(span(text), wanted, "{text}");
        }
    }
}
