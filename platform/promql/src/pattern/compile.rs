//! From a pattern of RE2 to one of `regex`, and to its machine.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

use super::class::class;
use super::escape::escape;

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
                    if bounds.split(',').any(too_many) {
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
            Some(')') if out.ends_with("(?") => {
                out.push_str(":)");
                return Ok(());
            }
            Some(c @ (':' | ')')) => {
                out.push(c);
                return Ok(());
            }
            _ => return Err("a group that is none of (…), (?:…), (?P<name>…), (?ims…)".to_owned()),
        }
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
            (r"\Qa\d", r"a\d", "a1"),
            (r"\Q\\E\d", r"\1", r"\\E1"),
            (r"\x41\x{42}", "AB", "ab"),
            ("[[:alpha:]]", "q", "1"),
            ("a|bc", "bc", "abc"),
            ("(?)a", "a", "b"),
        ] {
            assert!(whole(pattern, yes), "{pattern} {yes}");
            assert!(!whole(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn as_many_literals_as_a_query_holds_do_not_exhaust_the_stack() {
        assert!(whole(&r"\Q\E".repeat(16_000), ""));
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
