//! The replacement of `label_replace`, by Go's rules: `$1`, `${1}`, `$name`, `${name}`, `$$`.

use regex::{Captures, Regex};

pub(super) fn expand(template: &str, pattern: &Regex, captures: &Captures<'_>) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = reference(rest) {
            out.push_str(group(name, pattern, captures));
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    out
}

/// The longest name, and what follows it.
fn reference(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('{');
    let text = inner.unwrap_or(text);
    let length = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    let (name, after) = text.split_at(length);
    if name.is_empty() {
        return None;
    }
    let after = if inner.is_some() {
        after.strip_prefix('}')?
    } else {
        after
    };
    Some((name, after))
}

/// Empty if there is no such group, or if it took no part.
fn group<'a>(name: &str, pattern: &Regex, captures: &Captures<'a>) -> &'a str {
    let padded = name.len() > 1 && name.starts_with('0');
    let digits = name.bytes().all(|c| c.is_ascii_digit());
    let found = match name.parse::<usize>() {
        Ok(number) if digits && !padded && number < 100_000_000 => captures.get(number),
        _ => {
            // A name may be given to several groups in Go; here it is unique.
            let named = pattern.capture_names().flatten().any(|each| each == name);
            if named { captures.name(name) } else { None }
        }
    };
    found.map_or("", |found| found.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_expanded_as_go_does() {
        let pattern = Regex::new("^(?:(?P<host>[a-z]+)([0-9]*))$").unwrap();
        let captures = pattern.captures("web7").unwrap();
        for (template, value) in [
            ("$1", "web"),
            ("${1}x", "webx"),
            ("$1x", ""),
            ("$host-$2", "web-7"),
            ("${host}", "web"),
            ("$$1", "$1"),
            ("$", "$"),
            ("${1", "${1"),
            ("$01", ""),
            ("$9", ""),
            ("a$-b", "a$-b"),
        ] {
            assert_eq!(expand(template, &pattern, &captures), value, "{template}");
        }
    }
}
