//! What follows a backslash.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

/// After `\`, outside of a class.
pub(super) fn escape(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    match rest.peek() {
        Some('b') => out.push_str(r"(?-u:\b)"),
        Some('A') => out.push_str(r"\A"),
        Some('z') => out.push_str(r"\z"),
        Some('Q') => {
            rest.next();
            out.push_str(&regex::escape(&literal(rest)));
            return Ok(());
        }
        Some(c) if perl(*c).is_some() => out.push_str(perl(*c).unwrap_or_default()),
        _ => {
            let c = character(rest)?;
            write!(out, r"\x{{{:x}}}", u32::from(c)).map_err(|error| error.to_string())?;
            return Ok(());
        }
    }
    rest.next();
    Ok(())
}

/// After `\Q`: all up to `\E`, or to the end.
fn literal(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut literal = String::new();
    while let Some(c) = rest.next() {
        if c == '\\' && rest.next_if_eq(&'E').is_some() {
            break;
        }
        literal.push(c);
    }
    literal
}

/// `\d` and its like, which know ASCII only.
pub(super) fn perl(c: char) -> Option<&'static str> {
    Some(match c {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        's' => r"[\t\n\f\r ]",
        'S' => r"[^\t\n\f\r ]",
        _ => return None,
    })
}

/// After `\`: the one character that is meant.
pub(super) fn character(rest: &mut Peekable<Chars<'_>>) -> Result<char, String> {
    let c = rest.next().ok_or("a backslash at the end")?;
    Ok(match c {
        'a' => '\x07',
        'f' => '\x0c',
        't' => '\t',
        'n' => '\n',
        'r' => '\r',
        'v' => '\x0b',
        'x' => hexadecimal(rest).ok_or(r"\x is followed by two digits or by {…}")?,
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
        c => return Err(format!(r"the escape \{c}")),
    })
}

fn hexadecimal(rest: &mut Peekable<Chars<'_>>) -> Option<char> {
    let digits: String = if rest.next_if_eq(&'{').is_some() {
        let digits: String = std::iter::from_fn(|| rest.next_if(char::is_ascii_hexdigit)).collect();
        rest.next_if_eq(&'}')?;
        digits
    } else {
        [rest.next()?, rest.next()?].into_iter().collect()
    };
    char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
}
