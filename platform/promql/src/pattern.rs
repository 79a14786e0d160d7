//! Patterns as Prometheus reads them: RE2's syntax, of the whole value.
//!
//! The pattern is rewritten for the `regex` crate, so that what both accept also means the same: `\d`, `\w`, `\s`
//! and `\b` are ASCII, a bracket within a class is a character, a brace that counts nothing is itself. What only
//! one of the two knows is refused.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// A compiled pattern takes at most this many bytes: those of people take a few thousand, and a store of rules
/// holds some hundreds.
const LARGEST: usize = 1 << 20;

/// As in RE2.
const MOST_REPETITIONS: u32 = 1000;

/// Of the whole value.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let inner = translate(pattern)?;
    RegexBuilder::new(&format!("^(?:{inner})$"))
        .size_limit(LARGEST)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
            other => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default();
                last.trim_start_matches("error: ").to_owned()
            }
        })
}

fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern.chars().peekable();
    // Whether a repetition has just ended, which cannot be repeated.
    let mut repeated = false;
    while let Some(c) = rest.next() {
        let was = std::mem::take(&mut repeated);
        match c {
            '\\' => escape(&mut rest, &mut out)?,
            '[' => class(&mut rest, &mut out)?,
            '(' => group(&mut rest, &mut out)?,
            '*' | '+' | '?' => {
                out.push(c);
                repeated = repetition(was, &mut rest, &mut out)?;
            }
            '{' => match counted(rest.clone()) {
                Some((bounds, after)) => {
                    if bounds.split(',').any(|bound| too_many(bound)) {
                        return Err(format!("a repetition of more than {MOST_REPETITIONS}"));
                    }
                    write!(out, "{{{bounds}}}").map_err(|error| error.to_string())?;
                    rest = after;
                    repeated = repetition(was, &mut rest, &mut out)?;
                }
                None => out.push_str(r"\{"),
            },
            _ => out.push(c),
        }
    }
    Ok(out)
}

fn too_many(bound: &str) -> bool {
    !bound.is_empty()
        && bound
            .parse::<u32>()
            .map_or(true, |count| count > MOST_REPETITIONS)
}

/// After a repetition: it may be lazy; it may not follow another.
fn repetition(twice: bool, rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<bool, String> {
    if twice {
        return Err("a repetition of a repetition".to_owned());
    }
    out.extend(rest.next_if_eq(&'?'));
    Ok(true)
}

/// `n}`, `n,}` or `n,m}`: what is between the braces, and what follows.
fn counted(mut rest: Peekable<Chars<'_>>) -> Option<(String, Peekable<Chars<'_>>)> {
    let mut bounds = String::new();
    loop {
        match rest.next()? {
            '}' => break,
            ',' if bounds.is_empty() || bounds.contains(',') => return None,
            c @ (',' | '0'..='9') => bounds.push(c),
            _ => return None,
        }
    }
    (!bounds.is_empty()).then_some((bounds, rest))
}

/// After `(`: a group, perhaps named or with flags.
fn group(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    out.push('(');
    if rest.next_if_eq(&'?').is_none() {
        return Ok(());
    }
    out.push('?');
    if rest.next_if_eq(&'P').is_some() {
        out.push('P');
        return Ok(());
    }
    loop {
        match rest.next() {
            Some(c @ ('i' | 'm' | 's' | 'U' | '-')) => out.push(c),
            Some(c @ (':' | ')')) => {
                out.push(c);
                return Ok(());
            }
            _ => return Err("a group that is none of (…), (?:…), (?P<name>…), (?ims…)".to_owned()),
        }
    }
}

/// After `\`, outside of a class.
fn escape(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    match rest.peek() {
        Some('b') => out.push_str(r"(?-u:\b)"),
        Some('A') => out.push_str(r"\A"),
        Some('z') => out.push_str(r"\z"),
        Some('Q') => {
            rest.next();
            let mut literal: String = rest.by_ref().collect();
            if let Some(end) = literal.find(r"\E") {
                let after = literal.split_off(end);
                out.push_str(&regex::escape(&literal));
                out.push_str(&translate(after.get(2..).unwrap_or_default())?);
            } else {
                out.push_str(&regex::escape(&literal));
            }
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

/// `\d` and its like, which know ASCII only.
fn perl(c: char) -> Option<&'static str> {
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
fn character(rest: &mut Peekable<Chars<'_>>) -> Result<char, String> {
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

/// After `[`: item by item, so that nothing in it means more than a character or a range.
fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(pattern: &str, value: &str) -> bool {
        compile(pattern).unwrap().is_match(value)
    }

    #[test]
    fn what_both_know_means_what_re2_means() {
        for (pattern, yes, no) in [
            ("a.c", "abc", "a\nc"),
            (r"\d+", "09", "٣"),
            (r"\w", "_", "ä"),
            (r"[^\W]", "a", "ä"),
            (r"\s", "\t", "\u{a0}"),
            (r".\b.*", "a-", "ab"),
            ("[[a]", "[", "b"),
            ("[a&&b]+", "a&b", "c"),
            ("[]x]", "]", "y"),
            ("[+--]", ",", "."),
            ("x{,2}", "x{,2}", "xx"),
            ("x{2}", "xx", "x"),
            ("(?i)aB", "Ab", "Ac"),
            (r"\Qa.b\E+", "a.bb", "axb"),
            (r"\x41\x{42}", "AB", "ab"),
            ("[[:alpha:]]", "q", "1"),
            ("a|bc", "bc", "abc"),
        ] {
            assert!(whole(pattern, yes), "{pattern} {yes}");
            assert!(!whole(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn what_only_one_of_them_knows_is_refused() {
        for pattern in [
            "a**", "*a", "(", r"\1", r"\B", "(?<n>a)", "(?x)a", "a{1001}", "[b-a]", "[", r"\h", "(?=a)",
            "a\\",
        ] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }
}
