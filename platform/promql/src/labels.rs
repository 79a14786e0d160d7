//! The labels of a series, its name among them.

use std::fmt;
use std::sync::Arc;

/// The label that holds a metric's name.
pub const NAME: &str = "__name__";

/// Sorted by name, each name once, no value empty: in Prometheus a label that is empty is one that is not there.
/// Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(Arc<[(Arc<str>, Arc<str>)]>);

impl Labels {
    /// Of pairs in any order; of a name that is given twice, the last counts.
    pub fn new<N: Into<Arc<str>>, V: Into<Arc<str>>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut all: Vec<(Arc<str>, Arc<str>)> = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        // Stable, so that the last of the same name is the last of its run.
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all.reverse();
        all.dedup_by(|later, kept| later.0 == kept.0);
        all.reverse();
        all.retain(|(_, value)| !value.is_empty());
        Self(all.into())
    }

    /// No label at all.
    #[must_use]
    pub fn none() -> Self {
        Self(Arc::default())
    }

    /// Its value; empty if it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let found = self.0.binary_search_by(|(each, _)| each.as_ref().cmp(name));
        found
            .ok()
            .and_then(|at| self.0.get(at))
            .map_or("", |(_, value)| value)
    }

    /// The metric's name; empty if it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.get(NAME)
    }

    /// Name and value, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// With one more, or with another value of it; an empty value takes it away.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let kept = self.0.iter().filter(|(each, _)| each.as_ref() != name).cloned();
        Self::new(kept.chain([(Arc::from(name), Arc::from(value))]))
    }

    /// Only those that are kept.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, _)| keep(name)).cloned().collect())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// As Prometheus writes them: `name{label="value"}`.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let mut others = self.iter().filter(|(name, _)| *name != NAME).peekable();
        if others.peek().is_none() {
            return if self.name().is_empty() {
                f.write_str("{}")
            } else {
                Ok(())
            };
        }
        let mut before = "{";
        for (name, value) in others {
            write!(f, "{before}{name}={value:?}")?;
            before = ", ";
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_repetition_do_not_count_and_an_empty_value_is_none() {
        let labels = Labels::new([("b", "1"), ("a", "2"), ("b", "3"), ("c", "")]);
        assert_eq!(labels.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
        assert_eq!((labels.get("b"), labels.get("c")), ("3", ""));
        assert_eq!(labels.with("a", ""), Labels::new([("b", "3")]));
    }

    #[test]
    fn it_is_shown_as_prometheus_writes_it() {
        let named = Labels::new([(NAME, "up"), ("job", "a\"b")]);
        assert_eq!(named.to_string(), r#"up{job="a\"b"}"#);
        assert_eq!(named.only(|name| name == NAME).to_string(), "up");
        assert_eq!(named.only(|_| false).to_string(), "{}");
    }
}
