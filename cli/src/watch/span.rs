//! How long, as an operator writes it.

/// Seconds of a span such as `90s`, `30m`, `2h` or `1d`.
pub(super) fn seconds(text: &str) -> Result<u32, String> {
    let mend = || "a whole number and s, m, h or d, as in 90s or 2h".to_owned();
    let number = text.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    let unit = match text.get(number.len()..) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3_600,
        Some("d") => 86_400,
        _ => return Err(mend()),
    };
    let number: u32 = number.parse().map_err(|_| mend())?;
    number
        .checked_mul(unit)
        .filter(|seconds| *seconds > 0)
        .ok_or_else(mend)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_what_is_none_says_how_one_is_written() {
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("2h"), Ok(7_200));
        for text in ["", "h", "0s", "2", "2w", "-1s", "1.5h", "99999999d"] {
            assert!(seconds(text).unwrap_err().contains("90s"), "{text}");
        }
    }
}
