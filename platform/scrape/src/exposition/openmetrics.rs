//! `OpenMetrics` 1.0, whose every blank is one space and whose end is said.

use super::bounds::Bounds;
use super::cursor::Cursor;
use super::error::{Broken, Why};
use super::labelset::{self, Pairs};
use super::{Exposed, number};

const TYPES: [&[u8]; 8] = [
    b"counter",
    b"gauge",
    b"histogram",
    b"gaugehistogram",
    b"summary",
    b"info",
    b"stateset",
    b"unknown",
];

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
    loop {
        match cursor.peek() {
            None => return Err(cursor.broken(Why::NoEof)),
            Some(b'#') => {
                if comment(&mut cursor)? {
                    return match cursor.peek() {
                        None => Ok(cursor.samples),
                        Some(_) => Err(cursor.broken(Why::AfterEof)),
                    };
                }
            }
            Some(_) => {
                labels.clear();
                sample(&mut cursor, bounds, &mut labels, &mut each)?;
            }
        }
    }
}

/// Whether it was `# EOF`.
fn comment(cursor: &mut Cursor<'_>) -> Result<bool, Broken> {
    if cursor.eat(b"# EOF") {
        cursor.eat(b"\n");
        return Ok(true);
    }
    let (kind, unit) = match cursor.rest() {
        rest if rest.starts_with(b"# HELP ") => (false, false),
        rest if rest.starts_with(b"# TYPE ") => (true, false),
        rest if rest.starts_with(b"# UNIT ") => (false, true),
        _ => return Err(cursor.broken(Why::Comment)),
    };
    cursor.skip(7);
    let Some(name) = cursor.name(true) else {
        return Err(cursor.broken(Why::Name));
    };
    if !cursor.eat(b" ") {
        return Err(cursor.broken(Why::LineEnd));
    }
    let said = cursor.line();
    if !cursor.eat(b"\n") {
        return Err(cursor.broken(Why::NoEof));
    }
    if kind && !TYPES.contains(&said) {
        return Err(cursor.broken(Why::Type));
    }
    if unit && !said.is_empty() {
        let ends = name.as_bytes().strip_suffix(said);
        if !ends.is_some_and(|before| before.ends_with(b"_")) {
            return Err(cursor.broken(Why::Unit));
        }
    }
    if !kind && !unit && std::str::from_utf8(said).is_err() {
        return Err(cursor.broken(Why::Utf8));
    }
    Ok(false)
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
    if cursor.eat(b"{") {
        braces(cursor, bounds, labels)?;
    }
    let Some(value) = word(cursor).and_then(number::float) else {
        return Err(cursor.broken(Why::Value));
    };
    let mut at = None;
    let mut exemplar = cursor.eat(b" # {");
    if !exemplar && cursor.peek() == Some(b' ') {
        at = word(cursor).and_then(number::seconds);
        if at.is_none() {
            return Err(cursor.broken(Why::Timestamp));
        }
        exemplar = cursor.eat(b" # {");
    }
    if exemplar {
        // As the standard has it (§4.7): events are counted in totals and buckets, and nowhere else.
        if !name.ends_with("_total") && !name.ends_with("_bucket") {
            return Err(cursor.broken(Why::Exemplar));
        }
        skip_exemplar(cursor, bounds)?;
    }
    if !cursor.eat(b"\n") {
        let why = if cursor.peek().is_none() {
            Why::NoEof
        } else {
            Why::LineEnd
        };
        return Err(cursor.broken(why));
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

/// One space and what follows it, up to the next or the line's end.
fn word<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    cursor
        .eat(b" ")
        .then(|| cursor.take(|byte| byte != b' ' && byte != b'\n'))
}

/// No comma is missing, and none is too many.
fn braces<'a>(cursor: &mut Cursor<'a>, bounds: &Bounds, labels: &mut Pairs<'a>) -> Result<(), Broken> {
    if cursor.eat(b"}") {
        return Ok(());
    }
    loop {
        let Some(name) = cursor.name(false) else {
            return Err(cursor.broken(Why::LabelName));
        };
        if !cursor.eat(b"=") {
            return Err(cursor.broken(Why::Equals));
        }
        let value = labelset::value(cursor, false, bounds)?;
        labelset::admit(cursor, labels, name, value, bounds)?;
        if cursor.eat(b"}") {
            return Ok(());
        }
        if !cursor.eat(b",") {
            return Err(cursor.broken(Why::LabelName));
        }
    }
}

/// An exemplar names one of the events behind a sample: no rule reads it, so it is checked and dropped.
fn skip_exemplar(cursor: &mut Cursor<'_>, bounds: &Bounds) -> Result<(), Broken> {
    braces(cursor, bounds, &mut Pairs::new())?;
    if word(cursor).and_then(number::float).is_none() {
        return Err(cursor.broken(Why::Value));
    }
    if cursor.peek() == Some(b' ') && word(cursor).and_then(number::seconds).is_none() {
        return Err(cursor.broken(Why::Timestamp));
    }
    Ok(())
}
