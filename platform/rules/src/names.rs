//! What may be the name of a metric or of a label (Prometheus' data model).

/// Letters, digits, `_` and `:`, no digit first.
#[must_use]
pub fn is_metric(name: &str) -> bool {
    shaped(name, |c| c == ':')
}

/// Letters, digits and `_`, no digit first.
#[must_use]
pub fn is_label(name: &str) -> bool {
    shaped(name, |_| false)
}

fn shaped(name: &str, also: impl Fn(char) -> bool) -> bool {
    let first = name.chars().next();
    first.is_some_and(|c| !c.is_ascii_digit())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || also(c))
}
