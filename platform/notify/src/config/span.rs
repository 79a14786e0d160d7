//! Lengths of time as people write them: `30s`, `5m`, `1h30m`, `7d`.

use serde::{Deserialize, Deserializer, de};

use crate::micros::{DAY, HOUR, MINUTE, SECOND};

/// Longest span: ten years; what is longer is a slip of the hand.
const LONGEST: i64 = 3650 * DAY;

/// A length of time in microseconds, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub i64);

impl Span {
    /// So many seconds.
    pub(crate) const fn seconds(seconds: i64) -> Self {
        Self(seconds * SECOND)
    }

    /// So many minutes.
    pub(crate) const fn minutes(minutes: i64) -> Self {
        Self(minutes * MINUTE)
    }

    /// So many hours.
    pub(crate) const fn hours(hours: i64) -> Self {
        Self(hours * HOUR)
    }

    /// So many days.
    pub(crate) const fn days(days: i64) -> Self {
        Self(days * DAY)
    }

    /// Reads a span.
    ///
    /// # Errors
    /// A sentence that says how a span is written.
    pub fn parse(text: &str) -> Result<Self, String> {
        const HOW: &str = "a span is written like 30s, 5m, 1h30m or 7d, up to ten years";
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(HOW.to_owned());
        }
        let mut total = 0_i64;
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, tail) = rest.split_at(digits);
            let number: i64 = number.parse().map_err(|_| HOW)?;
            let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (unit, tail) = tail.split_at(letters);
            let unit = match unit {
                "ms" => SECOND / 1000,
                "s" => SECOND,
                "m" => MINUTE,
                "h" => HOUR,
                "d" => DAY,
                "w" => 7 * DAY,
                _ => return Err(HOW.to_owned()),
            };
            total = number
                .checked_mul(unit)
                .and_then(|part| total.checked_add(part))
                .ok_or(HOW)?;
            rest = tail;
        }
        if total > LONGEST {
            Err(HOW.to_owned())
        } else {
            Ok(Self(total))
        }
    }

    /// As the standard library has it.
    #[must_use]
    pub fn duration(self) -> std::time::Duration {
        std::time::Duration::from_micros(self.0.unsigned_abs())
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        assert_eq!(Span::parse("30s").unwrap(), Span::seconds(30));
        assert_eq!(Span::parse("1h30m").unwrap(), Span::minutes(90));
        assert_eq!(Span::parse("7d").unwrap(), Span::parse("1w").unwrap());
        assert_eq!(Span::parse("250ms").unwrap().0, 250_000);
        for bad in ["", "5", "m", "-5m", "5 m", "1y", "99999999999999999999s", "4000d"] {
            assert!(Span::parse(bad).is_err(), "{bad}");
        }
    }
}
