//! What stands in brackets.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use super::escape::{character, perl};

/// After `[`: item by item, so that nothing in it means more than a character or a range.
pub(super) fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    const OPEN: &str = "a class without its ]";
    out.push('[');
    out.extend(rest.next_if_eq(&'^'));
    let mut first = true;
    loop {
        let c = rest.next().ok_or(OPEN)?;
        match c {
            ']' if !first => break,
            '[' if rest.peek() == Some(&':') => named(rest, out)?,
            '\\' if rest.peek().copied().and_then(perl).is_some() => {
                out.push_str(rest.next().and_then(perl).unwrap_or_default());
            }
            _ => {
                let low = if c == '\\' { character(rest)? } else { c };
                let mut high = low;
                let mut ahead = rest.clone();
                if ahead.next() == Some('-') && ahead.peek().is_some_and(|c| *c != ']') {
                    *rest = ahead;
                    let c = rest.next().ok_or(OPEN)?;
                    high = if c == '\\' { character(rest)? } else { c };
                }
                if high < low {
                    return Err("a range that ends before it begins".to_owned());
                }
                write!(out, r"\x{{{:x}}}-\x{{{:x}}}", u32::from(low), u32::from(high))
                    .map_err(|error| error.to_string())?;
            }
        }
        first = false;
    }
    out.push(']');
    Ok(())
}

/// After `[` in a class: `:alpha:]`.
fn named(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    let name: String = rest.by_ref().take_while(|c| *c != ']').collect();
    let known = name.strip_prefix(':').and_then(|name| name.strip_suffix(':'));
    match known {
        Some(known) => {
            write!(out, "[:{known}:]").map_err(|error| error.to_string())?;
            Ok(())
        }
        None => Err("a bracket in a class that opens none; write \\[".to_owned()),
    }
}
