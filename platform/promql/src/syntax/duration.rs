//! Durations such as `1h30m`.

use std::fmt;

use super::number::run;

/// Milliseconds of each unit, in the order in which they must come.
const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Nanoseconds in 63 bits, which is what Prometheus holds a duration in: 292 years.
const LONGEST: i64 = i64::MAX / 1_000_000;

/// Milliseconds of `1h30m`, more than none.
pub(crate) fn duration(word: &str) -> Result<i64, String> {
    const BAD: &str = "no duration: each of y, w, d, h, m, s, ms once, in this order";
    let mut rest = word;
    let mut units = UNITS.iter();
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = run(rest, 0, u8::is_ascii_digit);
        let (count, after) = rest.split_at(digits);
        let unit = run(after, 0, u8::is_ascii_alphabetic);
        let (unit, after) = after.split_at(unit);
        let (_, factor) = units.find(|(name, _)| *name == unit).ok_or(BAD)?;
        if count.is_empty() {
            return Err(BAD.to_owned());
        }
        let part = count
            .parse::<i64>()
            .ok()
            .and_then(|count| count.checked_mul(*factor));
        total = part
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= LONGEST)
            .ok_or("a duration of more than 292 years")?;
        rest = after;
    }
    if total == 0 {
        return Err("a duration of nothing".to_owned());
    }
    Ok(total)
}

/// Writes milliseconds as a duration; years, weeks and days only if nothing is left over.
pub(crate) struct Duration(pub(crate) i64);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0;
        for (name, factor) in UNITS {
            let exact = matches!(name, "y" | "w" | "d");
            if left < factor || (exact && left % factor != 0) {
                continue;
            }
            write!(f, "{}{name}", left / factor)?;
            left %= factor;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_and_written() {
        for (word, milliseconds, written) in [
            ("1h30m", 5_400_000, "1h30m"),
            ("90m", 5_400_000, "1h30m"),
            ("1w", 604_800_000, "1w"),
            ("36h", 129_600_000, "36h"),
            ("1500ms", 1500, "1s500ms"),
        ] {
            assert_eq!(duration(word), Ok(milliseconds), "{word}");
            assert_eq!(Duration(milliseconds).to_string(), written);
        }
        for word in ["0s", "1m1h", "1m1m", "5e3s", "300y", "1hs", ""] {
            assert!(duration(word).is_err(), "{word}");
        }
    }
}
