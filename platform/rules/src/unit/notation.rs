//! Samples as promtool writes them: `1 2 3`, `0+10x5`, `5x3`, `_x2`, `stale`.

use promql::STALE;

/// A test of a month with a sample a second has 2.6 million; more would only fill the memory.
const MOST: usize = 3_000_000;

/// The samples, one a step; `None` where there is none.
///
/// # Errors
/// The first item that is none, as a sentence's fragment.
pub fn values(text: &str) -> Result<Vec<Option<f64>>, String> {
    let mut values = Vec::new();
    for item in text
        .split([' ', '\t', '\n', '\r'])
        .filter(|item| !item.is_empty())
    {
        item_values(item, &mut values).map_err(|reason| format!("{item:?}: {reason}"))?;
        if values.len() > MOST {
            return Err(format!("more than {MOST} samples"));
        }
    }
    Ok(values)
}

fn item_values(item: &str, values: &mut Vec<Option<f64>>) -> Result<(), String> {
    if item == "_" {
        values.push(None);
        return Ok(());
    }
    if let Some(times) = item.strip_prefix("_x") {
        values.extend(std::iter::repeat_n(None, count(times)?));
        return Ok(());
    }
    let (mut value, rest) = number(item)?;
    if rest.is_empty() {
        values.push(Some(value));
        return Ok(());
    }
    let (step, times) = match rest.strip_prefix('x') {
        Some(times) => (None, times),
        None => {
            let (step, rest) = number(rest)?;
            (
                Some(step),
                rest.strip_prefix('x')
                    .ok_or("after a step comes x and how many")?,
            )
        }
    };
    // The first one, and then so many more.
    for _ in 0..=count(times)? {
        values.push(Some(value));
        value += step.unwrap_or(0.0);
    }
    Ok(())
}

fn count(text: &str) -> Result<usize, String> {
    let count = text
        .parse()
        .ok()
        .filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    count
        .filter(|count| *count <= MOST)
        .ok_or_else(|| format!("{text:?} is no count up to {MOST}"))
}

/// A number at the beginning, and what follows it.
fn number(text: &str) -> Result<(f64, &str), String> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let signed = |value: f64| if negative { -value } else { value };
    let letters = unsigned
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(unsigned.len());
    let (word, rest) = unsigned.split_at_checked(letters).unwrap_or((unsigned, ""));
    if !word.is_empty() {
        // Words end at white space only, so that nothing can repeat them.
        return match (word.to_ascii_lowercase().as_str(), rest) {
            ("stale", "") if word == "stale" && unsigned == text => Ok((STALE, "")),
            ("nan", "") => Ok((f64::NAN, "")),
            ("inf", "") => Ok((signed(f64::INFINITY), "")),
            _ => Err("is neither a number nor _ nor stale".to_owned()),
        };
    }
    let mut end = 0;
    let mut before = ' ';
    for c in unsigned.chars() {
        let belongs = c.is_ascii_digit()
            || c == '.'
            || (matches!(c, 'e' | 'E') && before.is_ascii_digit())
            || (matches!(c, '+' | '-') && matches!(before, 'e' | 'E'));
        if !belongs {
            break;
        }
        end += c.len_utf8();
        before = c;
    }
    let (digits, rest) = unsigned.split_at_checked(end).unwrap_or((unsigned, ""));
    let value: f64 = digits
        .parse()
        .map_err(|_| "is neither a number nor _ nor stale".to_owned())?;
    Ok((signed(value), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_notation_is_read() {
        let read = |text: &str| values(text).unwrap();
        assert_eq!(read("1 -2.5 1e3"), [Some(1.0), Some(-2.5), Some(1000.0)]);
        assert_eq!(read("0+10x2"), [Some(0.0), Some(10.0), Some(20.0)]);
        assert_eq!(read("3-1x1 5x1"), [Some(3.0), Some(2.0), Some(5.0), Some(5.0)]);
        assert_eq!(read("_ 1 _x2"), [None, Some(1.0), None, None]);
        assert!(promql::is_stale(read("stale")[0].unwrap()));
        assert_eq!(read("Inf -Inf"), [Some(f64::INFINITY), Some(f64::NEG_INFINITY)]);
        assert_eq!(read("-1+2x1"), [Some(-1.0), Some(1.0)]);
        for text in [
            "x",
            "1x",
            "1+x2",
            "1+1",
            "_y",
            "stalex3",
            "1,2",
            "a",
            "1x-1",
            "5x99999999999",
        ] {
            assert!(values(text).is_err(), "{text}");
        }
    }
}
