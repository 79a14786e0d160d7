//! Numbers, and the words that begin with a digit.

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

pub(super) fn run(rest: &str, from: usize, is: impl Fn(&u8) -> bool) -> usize {
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
    // Rounded to the nearest, as Prometheus rounds it.
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
}
