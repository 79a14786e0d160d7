//! Prometheus' ways of writing numbers for people.

use super::number::general;

const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const BINARY: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];

fn four(value: f64) -> String {
    general(value, Some(4))
}

/// Divided until it is below `base`, with the prefix for that.
fn scaled(mut value: f64, base: f64, prefixes: [&'static str; 8]) -> (f64, &'static str) {
    let mut prefix = "";
    for each in prefixes {
        if value.abs() < base {
            break;
        }
        prefix = each;
        value /= base;
    }
    (value, prefix)
}

/// Multiplied until it is at least 1, with the prefix for that.
fn enlarged(mut value: f64) -> (f64, &'static str) {
    let mut prefix = "";
    for each in SMALL {
        if value.abs() >= 1.0 {
            break;
        }
        prefix = each;
        value *= 1000.0;
    }
    (value, prefix)
}

/// `1.234k`, `5m`.
#[must_use]
pub fn humanize(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return four(value);
    }
    let (value, prefix) = if value.abs() >= 1.0 {
        scaled(value, 1000.0, LARGE)
    } else {
        enlarged(value)
    };
    four(value) + prefix
}

/// `1.5ki`.
#[must_use]
pub fn humanize1024(value: f64) -> String {
    if value.abs() <= 1.0 || !value.is_finite() {
        return four(value);
    }
    let (value, prefix) = scaled(value, 1024.0, BINARY);
    four(value) + prefix
}

/// `50%` of 0.5.
#[must_use]
pub fn percentage(value: f64) -> String {
    four(value * 100.0) + "%"
}

/// `1h 2m 3s` of seconds.
#[must_use]
pub fn duration(value: f64) -> String {
    if !value.is_finite() {
        return four(value);
    }
    if value == 0.0 {
        return four(value) + "s";
    }
    if value.abs() < 1.0 {
        let (value, prefix) = enlarged(value);
        return format!("{}{prefix}s", four(value));
    }
    let sign = if value < 0.0 { "-" } else { "" };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole seconds are meant; more than 64 bits of them saturate"
    )]
    let whole = value.abs() as i64;
    let (seconds, minutes, hours, days) = (whole % 60, whole / 60 % 60, whole / 3600 % 24, whole / 86_400);
    if days != 0 {
        format!("{sign}{days}d {hours}h {minutes}m {seconds}s")
    } else if hours != 0 {
        format!("{sign}{hours}h {minutes}m {seconds}s")
    } else if minutes != 0 {
        format!("{sign}{minutes}m {seconds}s")
    } else {
        format!("{sign}{}s", four(value.abs()))
    }
}

/// `2026-11-27 01:30:00 +0000 UTC` of seconds since the Unix epoch, in whole milliseconds.
///
/// # Errors
/// Seconds that are no nanoseconds of 64 bits (beyond the years 1678 to 2262).
pub fn timestamp(value: f64) -> Result<String, String> {
    if !value.is_finite() {
        return Ok(four(value));
    }
    let nanoseconds = value * 1e9;
    if nanoseconds > i64::MAX as f64 || nanoseconds < i64::MIN as f64 {
        return Err(format!(
            "{} cannot be represented as a nanoseconds timestamp since it overflows int64",
            general(value, None)
        ));
    }
    #[expect(clippy::cast_possible_truncation, reason = "compared with the bounds above")]
    let milliseconds = nanoseconds as i64 / 1_000_000;
    let (days, of_day) = (
        milliseconds.div_euclid(86_400_000),
        milliseconds.rem_euclid(86_400_000),
    );
    let (year, month, day) = civil(days);
    let (hours, minutes, seconds) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60);
    let fraction = format!(".{:03}", of_day % 1000);
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    Ok(format!(
        "{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{seconds:02}{fraction} +0000 UTC"
    ))
}

/// Year, month and day of a number of days since 1970-01-01 (proleptic Gregorian; years that begin in March make
/// the leap day the last one).
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}
