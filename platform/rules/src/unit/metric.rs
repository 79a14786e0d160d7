//! A series as test files write it: `name{label="value"}`.

use std::collections::BTreeMap;

use promql::labels::NAME;

use crate::names::{is_label, is_metric};

/// Labels by name, the metric's name among them; unlike [`promql::Labels`] some may be empty.
pub type Pairs = BTreeMap<String, String>;

/// Reads a series; the empty text has no labels.
///
/// # Errors
/// What does not fit, as a sentence's fragment.
pub fn metric(text: &str) -> Result<Pairs, String> {
    let text = text.trim();
    let mut pairs = Pairs::new();
    let (name, braces) = match text.split_once('{') {
        None => (text, None),
        Some((name, rest)) => (name.trim(), Some(rest)),
    };
    if !name.is_empty() {
        if !is_metric(name) {
            return Err(format!("{name:?} is no name of a metric"));
        }
        pairs.insert(NAME.to_owned(), name.to_owned());
    }
    let Some(mut rest) = braces.map(str::trim_start) else {
        return Ok(pairs);
    };
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            let end = after.trim();
            return if end.is_empty() {
                Ok(pairs)
            } else {
                Err(format!("{end:?} does not belong after }}"))
            };
        }
        let (label, after) = rest.split_once('=').ok_or("} is missing")?;
        let label = label.trim();
        if !is_label(label) {
            return Err(format!("{label:?} is no name of a label"));
        }
        let (value, after) = quoted(after.trim_start())?;
        pairs.insert(label.to_owned(), value);
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(after) => after.trim_start(),
            None if after.starts_with('}') => after,
            None => return Err("between two labels there is a comma".to_owned()),
        };
    }
}

/// A text in quotes, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut rest = text.chars();
    let quote = rest
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))
        .ok_or("a label's value stands in quotes")?;
    let mut value = String::new();
    while let Some(c) = rest.next() {
        match c {
            c if c == quote => return Ok((value, rest.as_str())),
            '\\' if quote != '`' => value.push(match rest.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some(c @ ('\\' | '"' | '\'')) => c,
                _ => return Err("of escapes there are \\n, \\t, \\r, \\\\ and quotes".to_owned()),
            }),
            c => value.push(c),
        }
    }
    Err("a quote is not closed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_read_in_all_its_forms() {
        let pairs = |all: &[(&str, &str)]| -> Pairs {
            all.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        assert_eq!(metric("up"), Ok(pairs(&[(NAME, "up")])));
        assert_eq!(
            metric(r#"up{job="a}b", x='1',}"#),
            Ok(pairs(&[(NAME, "up"), ("job", "a}b"), ("x", "1")]))
        );
        assert_eq!(metric(r#"{job="a\"b"}"#), Ok(pairs(&[("job", "a\"b")])));
        assert_eq!(metric(""), Ok(Pairs::new()));
        assert_eq!(metric("{}"), Ok(Pairs::new()));
        for text in [
            "up{",
            "up{job}",
            "up{job=a}",
            "up{job=\"a\"",
            "up{} x",
            "1up",
            "up{a=\"1\" b=\"2\"}",
            "up{a-b=\"1\"}",
        ] {
            assert!(metric(text).is_err(), "{text}");
        }
    }
}
