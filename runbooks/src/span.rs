//! Lengths of time as pages write them: `30s`, `10m`, `2h`.

/// Whole seconds of `30s`, `10m` or `2h`.
pub(crate) fn seconds(text: &str) -> Option<u32> {
    let unit = text.chars().last()?;
    let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// The shortest way to write so many seconds.
pub(crate) fn written(seconds: u32) -> String {
    match seconds {
        s if s >= 3600 && s.is_multiple_of(3600) => format!("{}h", s / 3600),
        s if s >= 60 && s.is_multiple_of(60) => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_whole_and_have_a_unit() {
        assert_eq!(seconds("30s"), Some(30));
        assert_eq!(seconds("10m"), Some(600));
        assert_eq!(seconds("2h"), Some(7200));
        for bad in ["", "s", "1", "1.5h", "-1s", "1d", "9999999h", "分"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
        assert_eq!([written(90), written(600), written(7200)], ["90s", "10m", "2h"]);
    }
}
