//! Durations as Prometheus writes them: `1h30m`, `5m`, `250ms`.

/// Milliseconds of each unit, from the longest, in which order they must be written. A year has 365 days.
const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Prometheus keeps durations as nanoseconds in 64 bits (292 years), and so refuses longer ones.
const LONGEST: i64 = i64::MAX / 1_000_000;

/// Milliseconds of a duration.
///
/// # Errors
/// The reason, as a sentence's fragment: none of the shape, or more than 292 years.
pub fn parse(text: &str) -> Result<i64, String> {
    if text == "0" {
        return Ok(0);
    }
    let wrong = || format!("{text:?} is no duration: write it as 30s, 5m or 1h30m");
    let mut rest = text;
    let mut total: i64 = 0;
    let mut next_unit = 0;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, after) = rest.split_at_checked(digits).ok_or_else(wrong)?;
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(letters).ok_or_else(wrong)?;
        let at = UNITS
            .iter()
            .position(|(name, _)| *name == unit)
            .ok_or_else(wrong)?;
        if number.is_empty() || at < next_unit {
            return Err(wrong());
        }
        next_unit = at + 1;
        let of_unit = UNITS.get(at).map_or(1, |(_, of_unit)| *of_unit);
        let long = || format!("{text:?} is longer than 292 years");
        let amount: i64 = number.parse().map_err(|_| long())?;
        let part = amount.checked_mul(of_unit).ok_or_else(long)?;
        total = total
            .checked_add(part)
            .filter(|total| *total <= LONGEST)
            .ok_or_else(long)?;
        rest = after;
    }
    Ok(total)
}

/// As Prometheus writes it: years, weeks and days only where nothing is left over.
#[must_use]
pub fn format(milliseconds: i64) -> String {
    if milliseconds == 0 {
        return "0s".to_owned();
    }
    let mut rest = milliseconds;
    let mut text = String::new();
    for (unit, of_unit) in UNITS {
        let exact_only = matches!(unit, "y" | "w" | "d");
        if exact_only && rest % of_unit != 0 {
            continue;
        }
        let amount = rest / of_unit;
        if amount > 0 {
            text.push_str(&format!("{amount}{unit}"));
            rest -= amount * of_unit;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_prometheus_reads_is_read_and_nothing_else() {
        for (text, wanted) in [
            ("0", 0),
            ("0s", 0),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1d12h", 129_600_000),
        ] {
            assert_eq!(parse(text), Ok(wanted), "{text}");
        }
        assert_eq!(parse("1y2w3d4h5m6s7ms"), Ok(33_019_506_007));
        for text in [
            "",
            "5",
            "m",
            "-1m",
            "1m1h",
            "1m1m",
            "1 m",
            "1.5h",
            "5mm",
            "300y",
            "99999999999999999999s",
            "五m",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn it_is_written_as_prometheus_writes_it() {
        let all = [
            (0, "0s"),
            (324_000, "5m24s"),
            (1_001, "1s1ms"),
            (90_000_000, "25h"),
            (2_592_000_000, "30d"),
        ];
        for (milliseconds, wanted) in all {
            assert_eq!(format(milliseconds), wanted);
        }
        assert_eq!(format(7 * 86_400_000), "1w");
    }
}
