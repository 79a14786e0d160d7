//! Times as people write them: `500ms`, `30s`, `2m`.

use std::time::Duration;

/// Longest fault: a day. What should last longer is no drill.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Reads one; a number alone is in seconds.
///
/// # Errors
/// A text that says what is wrong.
pub fn span(text: &str) -> Result<Duration, String> {
    let units = [
        ("ms", 1),
        ("s", 1_000),
        ("m", 60_000),
        ("h", 3_600_000),
        ("", 1_000),
    ];
    let ends = |(unit, _): &&(&str, u64)| text.ends_with(unit);
    let (unit, millis) = units.iter().find(ends).unwrap_or(&("", 1_000));
    let number = text.strip_suffix(unit).unwrap_or(text);
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(*millis))
        .map(Duration::from_millis)
        .filter(|span| !span.is_zero() && *span <= LONGEST)
        .ok_or_else(|| format!("{text} is no time like 500ms, 30s or 2m, of a day at most"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_nonsense_is_not() {
        for (text, millis) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("2m", 120_000),
            ("7", 7_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(span(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "0s", "-1s", "1.5s", "25h", "99999999999999999999s"] {
            assert!(span(text).is_err(), "{text}");
        }
    }
}
