//! Numbers as Go writes them.

/// The digits of a number and the exponent of the first, in base ten.
fn scientific(value: f64, precision: Option<usize>) -> (String, i32) {
    let text = match precision {
        None => format!("{:e}", value.abs()),
        Some(precision) => format!("{:.precision$e}", value.abs()),
    };
    let (digits, exponent) = text.split_once('e').unwrap_or((text.as_str(), "0"));
    (digits.replace('.', ""), exponent.parse().unwrap_or(0))
}

/// `NaN`, `+Inf`, `-Inf`.
fn special(value: f64) -> Option<&'static str> {
    match value {
        value if value.is_nan() => Some("NaN"),
        value if value == f64::INFINITY => Some("+Inf"),
        value if value == f64::NEG_INFINITY => Some("-Inf"),
        _ => None,
    }
}

const fn sign(value: f64) -> &'static str {
    if value.is_sign_negative() { "-" } else { "" }
}

/// `%v` of a number: as few digits as tell it from every other.
#[must_use]
pub fn shortest(value: f64) -> String {
    general(value, None)
}

/// `%g`, with at most that many digits.
#[must_use]
pub fn general(value: f64, precision: Option<usize>) -> String {
    if let Some(text) = special(value) {
        return text.to_owned();
    }
    let precision = precision.map(|digits| digits.max(1));
    let (digits, exponent) = scientific(value, precision.map(|digits| digits - 1));
    let kept = digits.trim_end_matches('0');
    let digits = if kept.is_empty() { "0" } else { kept };
    // Go turns to exponents at that many digits, and without a precision at six.
    let threshold = i32::try_from(precision.unwrap_or(6)).unwrap_or(i32::MAX);
    if exponent < -4 || exponent >= threshold {
        return format!("{}{}", sign(value), with_exponent(digits, exponent));
    }
    format!("{}{}", sign(value), plain(digits, exponent))
}

/// `%e`, with that many digits after the point.
#[must_use]
pub fn exponential(value: f64, precision: usize) -> String {
    special(value).map_or_else(
        || {
            let (digits, exponent) = scientific(value, Some(precision));
            format!("{}{}", sign(value), with_exponent(&digits, exponent))
        },
        str::to_owned,
    )
}

/// `%E` with as few digits as tell it from every other, which is how promtool writes samples.
#[must_use]
pub fn shortest_exponential(value: f64) -> String {
    special(value).map_or_else(
        || {
            let (digits, exponent) = scientific(value, None);
            format!(
                "{}{}",
                sign(value),
                with_exponent(&digits, exponent).replace('e', "E")
            )
        },
        str::to_owned,
    )
}

/// `%f`, with that many digits after the point.
#[must_use]
pub fn fixed(value: f64, precision: usize) -> String {
    special(value).map_or_else(
        || format!("{}{:.precision$}", sign(value), value.abs()),
        str::to_owned,
    )
}

/// `1.5e+06`: two digits of exponent at least.
fn with_exponent(digits: &str, exponent: i32) -> String {
    let (first, rest) = digits.split_at_checked(1).unwrap_or((digits, ""));
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{:02}", exponent.unsigned_abs())
}

fn plain(digits: &str, exponent: i32) -> String {
    match usize::try_from(exponent) {
        Err(_) => {
            let zeros = usize::try_from(-1 - exponent).unwrap_or(0);
            format!("0.{}{digits}", "0".repeat(zeros))
        }
        Ok(exponent) if exponent + 1 >= digits.len() => {
            format!("{digits}{}", "0".repeat(exponent + 1 - digits.len()))
        }
        Ok(exponent) => {
            let (whole, fraction) = digits.split_at_checked(exponent + 1).unwrap_or((digits, ""));
            format!("{whole}.{fraction}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        let all = [
            (0.0, "0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (100_000.0, "100000"),
            (1_000_000.0, "1e+06"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (123_456_789.0, "1.23456789e+08"),
            (f64::INFINITY, "+Inf"),
            (f64::NAN, "NaN"),
        ];
        for (value, wanted) in all {
            assert_eq!(shortest(value), wanted);
        }
        let four = [
            (0.0, "0"),
            (1_234.5, "1234"),
            (12_345.0, "1.234e+04"),
            (100.0, "100"),
            (0.000_123_45, "0.0001234"),
        ];
        for (value, wanted) in four {
            assert_eq!(general(value, Some(4)), wanted);
        }
        assert_eq!(
            (exponential(1234.5, 2).as_str(), fixed(-0.125, 2).as_str()),
            ("1.23e+03", "-0.12")
        );
        assert_eq!(
            (
                shortest_exponential(60.0).as_str(),
                shortest_exponential(0.0).as_str()
            ),
            ("6E+01", "0E+00")
        );
    }
}
