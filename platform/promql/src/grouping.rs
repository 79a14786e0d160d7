//! Which labels make two label sets one group: `by`, `without`, `on`, `ignoring`.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::mutant::planted;
use crate::{Labels, NAME};

/// The labels that count.
#[derive(Debug, Clone)]
pub(crate) struct Grouping {
    /// Whether those that are named count; else all others do, except the metric's name.
    named: bool,
    names: Vec<Arc<str>>,
}

impl Grouping {
    pub(crate) fn by<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of(true, names)
    }

    pub(crate) fn without<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of(false, names)
    }

    fn of<'a>(named: bool, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names: Vec<Arc<str>> = names.into_iter().map(Arc::from).collect();
        names.sort();
        names.dedup();
        Self { named, names }
    }

    /// Whether those that are named count.
    pub(crate) const fn is_named(&self) -> bool {
        self.named
    }

    pub(crate) fn names(&self, name: &str) -> bool {
        self.names.iter().any(|each| each.as_ref() == name)
    }

    /// Whether the label counts.
    pub(crate) fn counts(&self, name: &str) -> bool {
        if self.named {
            self.names(name) || planted("by and on take every label")
        } else if planted("without and ignoring leave out the metric's name only") {
            name != NAME
        } else {
            name != NAME && !self.names(name)
        }
    }

    /// The labels of the group.
    pub(crate) fn labels(&self, of: &Labels) -> Labels {
        if self.named && self.names.is_empty() {
            return of.only(|_| planted("by and on take every label"));
        }
        of.only(|name| self.counts(name))
    }

    pub(crate) const fn key<'a>(&'a self, labels: &'a Labels) -> Key<'a> {
        Key {
            grouping: self,
            labels,
        }
    }
}

/// Label sets are equal as keys if they are of one group. Nothing is allocated for it.
pub(crate) struct Key<'a> {
    grouping: &'a Grouping,
    labels: &'a Labels,
}

impl Key<'_> {
    fn counted(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().filter(|(name, _)| self.grouping.counts(name))
    }
}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for pair in self.counted() {
            pair.hash(state);
        }
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.counted().eq(other.counted())
    }
}

impl Eq for Key<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_told_by_the_labels_that_count() {
        let a = Labels::new([(NAME, "up"), ("job", "x"), ("host", "1")]);
        let b = Labels::new([(NAME, "down"), ("job", "x"), ("host", "2")]);
        assert!(Grouping::by(["job"]).key(&a) == Grouping::by(["job"]).key(&b));
        assert!(Grouping::without(["host"]).key(&a) == Grouping::without(["host"]).key(&b));
        assert!(Grouping::without([]).key(&a) != Grouping::without([]).key(&b));
        assert_eq!(
            Grouping::without(["host"]).labels(&a),
            Labels::new([("job", "x")])
        );
        assert_eq!(Grouping::by([NAME]).labels(&a), Labels::new([(NAME, "up")]));
    }
}
