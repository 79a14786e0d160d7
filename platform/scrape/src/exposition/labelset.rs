//! The labels between braces.

use std::borrow::Cow;

use promql::labels::NAME;

use super::bounds::Bounds;
use super::cursor::Cursor;
use super::error::{Broken, Why};

/// Names and values, in the order in which they are written.
pub(super) type Pairs<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// The value that stands in quotation marks here. `newlines` says whether one may stand in it as it is; the
/// text format lets it, since its lexer ends a value at the next quotation mark.
pub(super) fn value<'a>(
    cursor: &mut Cursor<'a>,
    newlines: bool,
    bounds: &Bounds,
) -> Result<Cow<'a, str>, Broken> {
    if cursor.peek() != Some(b'"') {
        return Err(cursor.broken(Why::LabelValue));
    }
    let rest = cursor.rest();
    let mut length = 1;
    let mut escapes = false;
    loop {
        match rest.get(length) {
            Some(b'"') => break,
            // A backslash takes the byte after it along, whatever that is but the end of the line.
            Some(b'\\') if rest.get(length + 1).is_some_and(|next| *next != b'\n') => {
                escapes = true;
                length += 2;
            }
            Some(b'\n') if !newlines => return Err(cursor.broken(Why::LabelValue)),
            None | Some(b'\\') => return Err(cursor.broken(Why::LabelValue)),
            Some(_) => length += 1,
        }
        if length > bounds.value {
            return Err(cursor.broken(Why::Long));
        }
    }
    let inside = rest.get(1..length).unwrap_or_default();
    let Ok(text) = std::str::from_utf8(inside) else {
        return Err(cursor.broken(Why::Utf8));
    };
    cursor.skip(length + 1);
    Ok(if escapes {
        Cow::Owned(unescape(text))
    } else {
        Cow::Borrowed(text)
    })
}

/// `\\`, `\"` and `\n`; any other backslash is itself.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(each) = rest.next() {
        if each != '\\' {
            plain.push(each);
            continue;
        }
        match rest.next() {
            Some('n') => plain.push('\n'),
            Some(escaped @ ('\\' | '"')) => plain.push(escaped),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    plain
}

/// What holds for all of them.
pub(super) fn admit<'a>(
    cursor: &Cursor<'a>,
    pairs: &mut Pairs<'a>,
    name: &'a str,
    value: Cow<'a, str>,
    bounds: &Bounds,
) -> Result<(), Broken> {
    if name.len() > bounds.name {
        return Err(cursor.broken(Why::Long));
    }
    if pairs.len() >= bounds.labels {
        return Err(cursor.broken(Why::Labels));
    }
    if name == NAME || pairs.iter().any(|(other, _)| *other == name) {
        return Err(cursor.broken(Why::Twice));
    }
    pairs.push((name, value));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, newlines: bool) -> Result<String, Why> {
        value(&mut Cursor::new(text.as_bytes()), newlines, &Bounds::default())
            .map(Cow::into_owned)
            .map_err(|broken| broken.why)
    }

    #[test]
    fn escapes_are_three_and_other_backslashes_are_themselves() {
        assert_eq!(read(r#""a\"b\\c\nd\te""#, false).unwrap(), "a\"b\\c\nd\\te");
        assert_eq!(read(r#""\\n""#, false).unwrap(), "\\n");
        assert_eq!(read(r#""\"#, false), Err(Why::LabelValue));
        assert_eq!(read(r#""open"#, true), Err(Why::LabelValue));
    }

    #[test]
    fn a_raw_line_end_is_for_the_format_to_allow() {
        assert_eq!(read("\"a\nb\"", true).unwrap(), "a\nb");
        assert_eq!(read("\"a\nb\"", false), Err(Why::LabelValue));
    }

    #[test]
    fn a_value_that_is_longer_than_its_bound_is_refused_without_reading_it() {
        assert_eq!(read(&format!("\"{}\"", "x".repeat(5_000)), false), Err(Why::Long));
        assert!(read(&format!("\"{}\"", "x".repeat(4_000)), false).is_ok());
    }
}
