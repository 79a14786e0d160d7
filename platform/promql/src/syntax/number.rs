//! Numbers and durations.

use std::fmt;

use super::token::Kind;
use crate::mutant::planted;

/// The word that begins with a digit, and its length. Whether it is a number that can be read is seen later.
pub(crate) fn word(rest: &str) -> Result<(Kind, usize), String> {
    let length = number_length(rest);
    if !continues(rest, length) {
        return if length == 0 {
            Err("a number or a duration belongs here".to_owned())
        } else {
            Ok((Kind::Number, length))
        };
    }
    match duration_length(rest, length) {
        Some(length) => Ok((Kind::Duration, length)),
        None => Err("neither a number nor a duration such as 1h30m".to_owned()),
    }
}

fn continues(rest: &str, at: usize) -> bool {
    let next = rest.as_bytes().get(at);
    next.is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_')
}

fn run(rest: &str, from: usize, is: impl Fn(&u8) -> bool) -> usize {
    let all = rest.as_bytes().iter().skip(from);
    from + all.take_while(|c| is(c)).count()
}

fn number_length(rest: &str) -> usize {
    let has = |at: usize, any: &[u8]| rest.as_bytes().get(at).is_some_and(|c| any.contains(c));
    let hexadecimal = has(0, b"0") && has(1, b"xX");
    let digit = |c: &u8| {
        if hexadecimal {
            c.is_ascii_hexdigit()
        } else {
            c.is_ascii_digit()
        }
    };
    let mut at = run(rest, if hexadecimal { 2 } else { 0 }, digit);
    if has(at, b".") {
        at = run(rest, at + 1, digit);
    }
    if has(at, b"eE") {
        at += 1;
        if has(at, b"+-") {
            at += 1;
        }
        at = run(rest, at, u8::is_ascii_digit);
    }
    at
}

/// The units after the digits that end at `at`.
fn duration_length(rest: &str, mut at: usize) -> Option<usize> {
    let has = |at: usize, any: &[u8]| rest.as_bytes().get(at).is_some_and(|c| any.contains(c));
    loop {
        if !has(at, b"smhdwy") {
            return None;
        }
        at += 1;
        if has(at, b"s") {
            at += 1;
        }
        let digits = run(rest, at, u8::is_ascii_digit);
        if digits == at {
            return (!continues(rest, at)).then_some(at);
        }
        at = digits;
    }
}

/// What the word of a number means; a leading zero makes it octal, as in Prometheus.
pub(crate) fn number(word: &str) -> Result<f64, String> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "rounded to the nearest, as Prometheus rounds it"
    )]
    let whole = |digits: &str, base| i64::from_str_radix(digits, base).map(|value| value as f64);
    if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        if planted("hexadecimal is decimal") {
            return Ok(digits.parse().unwrap_or(0.0));
        }
        return whole(digits, 16)
            .map_err(|_| "a hexadecimal number of more than 63 bits, or none".to_owned());
    }
    if planted("an exponent is ignored")
        && let Some((number, _)) = word.split_once(['e', 'E'])
    {
        return number.parse().map_err(|_| String::new());
    }
    if planted("NaN is zero") && word.eq_ignore_ascii_case("nan") {
        return Ok(0.0);
    }
    if planted("Inf is one") && word.eq_ignore_ascii_case("inf") {
        return Ok(1.0);
    }
    let octal = word.strip_prefix('0').and_then(|digits| whole(digits, 8).ok());
    let octal = octal.filter(|_| !planted("octal is decimal"));
    match octal.map_or_else(|| word.parse::<f64>().ok(), Some) {
        Some(value) if value.is_infinite() && !word.eq_ignore_ascii_case("inf") => {
            Err("a number too large for a float of 64 bits".to_owned())
        }
        Some(value) => Ok(value),
        None => Err("no number can be read here".to_owned()),
    }
}

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

/// Writes a number so that it can be read again.
pub(crate) struct Number(pub(crate) f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if self.0.is_nan() {
            f.write_str("NaN")
        } else if self.0.is_infinite() {
            f.write_str(if self.0 > 0.0 { "Inf" } else { "-Inf" })
        } else if size != 0.0 && !(1e-4..1e21).contains(&size) {
            write!(f, "{:e}", self.0)
        } else {
            write!(f, "{}", self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_prometheus_reads_it() {
        for (word, value) in [
            ("010", 8.0),
            ("08", 8.0),
            ("0x1F", 31.0),
            ("1.", 1.0),
            (".5", 0.5),
            ("1e3", 1000.0),
            ("0.5", 0.5),
            ("0", 0.0),
            ("iNf", f64::INFINITY),
        ] {
            assert_eq!(number(word), Ok(value), "{word}");
        }
        assert!(number("NaN").unwrap().is_nan());
        for word in ["0x", "1e", "1e999", "0x1.8", "0xFFFFFFFFFFFFFFFF"] {
            assert!(number(word).is_err(), "{word}");
        }
    }

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
