//! A text with `{name}` in it.

/// A part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// As it stands.
    Text(&'a str),
    /// What a value stands for.
    Name(&'a str),
}

/// Longest name, in bytes.
const LONGEST: usize = 64;

/// Whether it may be a name: small letters, digits and _, a letter first.
pub(crate) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= LONGEST
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Its parts; `None` where a brace belongs to no name, since a misspelt one would be sent as it stands.
pub(crate) fn parts(text: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        if before.contains('}') || !is_name(name) {
            return None;
        }
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        parts.push(Part::Name(name));
        rest = after;
    }
    if rest.contains('}') {
        return None;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::Part::{Name, Text};
    use super::*;

    #[test]
    fn names_stand_in_braces() {
        assert_eq!(
            parts("/v1/{firm}/x{a_1}{b}"),
            Some(vec![
                Text("/v1/"),
                Name("firm"),
                Text("/x"),
                Name("a_1"),
                Name("b")
            ])
        );
        assert_eq!(parts(""), Some(vec![]));
        for wrong in ["{", "}", "{}", "{A}", "{1}", "{a", "a}", "{a}}", "{{a}}", "{a b}"] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
