//! Numbers as Go reads them, since that is what exporters are tried with.

/// A float; `None` for what `strconv.ParseFloat` refuses, or Prometheus refuses before it.
pub(super) fn float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let word = unsigned
        .bytes()
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic());
    if word && unsigned.eq_ignore_ascii_case("nan") {
        // Go knows no sign of it.
        return (unsigned.len() == text.len()).then_some(super::NORMAL_NAN);
    }
    let value: f64 = text.parse().ok()?;
    // Rust reads 1e400 as infinity, Go as an error.
    (word || value.is_finite()).then_some(value)
}

/// Milliseconds as the text format has them: digits alone.
pub(super) fn millis(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Milliseconds of the seconds that `OpenMetrics` has.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a fraction of a millisecond is cut off, and what does not fit ends at the end, where it is refused \
              as too far ahead"
)]
pub(super) fn seconds(text: &[u8]) -> Option<i64> {
    let seconds = float(text)?;
    seconds.is_finite().then_some((seconds * 1_000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_reads_is_read() {
        for (text, value) in [
            ("1", 1.0),
            ("+.5", 0.5),
            ("-1.", -1.0),
            ("1E3", 1_000.0),
            ("+Inf", f64::INFINITY),
            ("-infinity", f64::NEG_INFINITY),
            ("1e-400", 0.0),
        ] {
            assert_eq!(float(text.as_bytes()), Some(value), "{text}");
        }
        assert_eq!(
            float(b"NaN").unwrap().to_bits(),
            super::super::NORMAL_NAN.to_bits()
        );
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for text in [
            "", ".", "1e400", "-1e999", "+nan", "1_000", "0x1p3", "0x10", "1\r", "１", "infin", "1f",
        ] {
            assert_eq!(float(text.as_bytes()), None, "{text}");
        }
        assert_eq!((millis(b"12"), millis(b"99999999999999999999")), (Some(12), None));
        assert_eq!(
            (seconds(b"1.5"), seconds(b"-1.5"), seconds(b"Inf")),
            (Some(1_500), Some(-1_500), None)
        );
    }
}
