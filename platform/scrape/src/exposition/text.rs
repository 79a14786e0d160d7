//! Prometheus' text format, 0.0.4.

use super::bounds::Bounds;
use super::cursor::Cursor;
use super::error::{Broken, Why};
use super::labelset::{self, Pairs};
use super::{Exposed, number};

const TYPES: [&[u8]; 5] = [b"counter", b"gauge", b"histogram", b"summary", b"untyped"];

pub(super) fn parse(
    body: &[u8],
    bounds: &Bounds,
    mut each: impl FnMut(&Exposed<'_>),
) -> Result<usize, Broken> {
    let mut cursor = Cursor::new(body);
    if body.len() > bounds.body {
        return Err(cursor.broken(Why::Body));
    }
    let mut labels = Pairs::new();
    while cursor.peek().is_some() {
        if !name_after_blanks(&cursor) {
            cursor.blanks();
        }
        match cursor.peek() {
            None | Some(b'\n') => {}
            Some(b'#') => comment(&mut cursor)?,
            Some(_) => {
                labels.clear();
                sample(&mut cursor, bounds, &mut labels, &mut each)?;
            }
        }
        // The last line may lack its end.
        if cursor.peek().is_some() && !cursor.eat(b"\n") {
            return Err(cursor.broken(Why::LineEnd));
        }
    }
    Ok(cursor.samples)
}

/// Blanks before a comment or an empty line are nothing; before a name, Prometheus takes them for a part of
/// it.
fn name_after_blanks(cursor: &Cursor<'_>) -> bool {
    let mut rest = cursor.rest().iter();
    let next = rest.find(|byte| !matches!(byte, b' ' | b'\t'));
    next.is_some_and(|next| !matches!(next, b'#' | b'\n'))
}

fn comment(cursor: &mut Cursor<'_>) -> Result<(), Broken> {
    cursor.skip(1);
    let before = cursor.rest().len();
    cursor.blanks();
    let spaced = cursor.rest().len() < before;
    let keyword = |word: &[u8]| {
        let rest = cursor.rest();
        spaced && rest.starts_with(word) && matches!(rest.get(word.len()), Some(b' ' | b'\t'))
    };
    let (help, kind) = (keyword(b"HELP"), keyword(b"TYPE"));
    if !help && !kind {
        cursor.line();
        return Ok(());
    }
    cursor.skip(4);
    cursor.blanks();
    if cursor.name(true).is_none() {
        return Err(cursor.broken(Why::Name));
    }
    let text = cursor.rest();
    let length = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    // One blank parts the name from what is said of it; a second one belongs to that.
    let said = text.get(1..length).unwrap_or_default();
    if kind && !TYPES.contains(&said) {
        return Err(cursor.broken(Why::Type));
    }
    if help && std::str::from_utf8(said).is_err() {
        return Err(cursor.broken(Why::Utf8));
    }
    cursor.skip(length);
    Ok(())
}

fn sample<'a>(
    cursor: &mut Cursor<'a>,
    bounds: &Bounds,
    labels: &mut Pairs<'a>,
    each: &mut impl FnMut(&Exposed<'_>),
) -> Result<(), Broken> {
    let Some(name) = cursor.name(true) else {
        return Err(cursor.broken(Why::Start));
    };
    if name.len() > bounds.name {
        return Err(cursor.broken(Why::Long));
    }
    cursor.blanks();
    if cursor.eat(b"{") {
        braces(cursor, bounds, labels)?;
        cursor.blanks();
    }
    let value = cursor.take(|byte| !matches!(byte, b'{' | b' ' | b'\t' | b'\n'));
    let Some(value) = number::float(value) else {
        return Err(cursor.broken(Why::Value));
    };
    cursor.blanks();
    let stamp = cursor.take(|byte| byte.is_ascii_digit());
    let at = match stamp {
        [] => None,
        digits => Some(number::millis(digits).ok_or_else(|| cursor.broken(Why::Timestamp))?),
    };
    cursor.blanks();
    if !matches!(cursor.peek(), None | Some(b'\n')) {
        return Err(cursor.broken(if at.is_some() {
            Why::LineEnd
        } else {
            Why::Timestamp
        }));
    }
    if cursor.samples >= bounds.samples {
        return Err(cursor.broken(Why::Samples));
    }
    cursor.samples += 1;
    each(&Exposed {
        name,
        labels,
        value,
        at,
    });
    Ok(())
}

/// Blanks may stand anywhere in them, a comma may be missing or be one too many at the end.
fn braces<'a>(cursor: &mut Cursor<'a>, bounds: &Bounds, labels: &mut Pairs<'a>) -> Result<(), Broken> {
    loop {
        cursor.blanks();
        if cursor.eat(b"}") {
            return Ok(());
        }
        let Some(name) = cursor.name(false) else {
            return Err(cursor.broken(Why::LabelName));
        };
        cursor.blanks();
        if !cursor.eat(b"=") {
            return Err(cursor.broken(Why::Equals));
        }
        cursor.blanks();
        let value = labelset::value(cursor, true, bounds)?;
        labelset::admit(cursor, labels, name, value, bounds)?;
        cursor.blanks();
        cursor.eat(b",");
    }
}
