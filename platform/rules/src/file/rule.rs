//! What a rule file says.

use std::sync::Arc;

use promql::Query;

use crate::template::Template;

/// Where something stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As it was named by the caller.
    pub file: Arc<str>,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

/// Rules that are evaluated one after another, at the same time each round.
#[derive(Clone)]
pub struct Group {
    /// Where it begins.
    pub place: Place,
    /// Its name, once in a file.
    pub name: Arc<str>,
    /// Milliseconds between two rounds; `None` leaves it to the engine.
    pub interval: Option<i64>,
    /// How many series a recording rule and how many alerts an alerting rule of it may have; 0 for any number.
    pub limit: usize,
    /// In the order of the file, which is the order of evaluation.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Clone)]
pub struct Rule {
    /// Where it begins.
    pub place: Place,
    /// The name of the metric that it records, or of the alert.
    pub name: Arc<str>,
    /// The expression as it is written.
    pub expr: Arc<str>,
    /// The same, ready to be evaluated.
    pub query: Arc<Query>,
    /// Its labels as they are written, by name: templates if it is an alert.
    pub labels: Vec<(Arc<str>, Arc<str>)>,
    /// What it is.
    pub kind: Kind,
}

/// The two kinds of rules.
#[derive(Clone)]
pub enum Kind {
    /// Stores its result under its name.
    Record,
    /// Has an alert for each series of its result.
    Alert(Alerting),
}

/// What only alerting rules have.
#[derive(Clone)]
pub struct Alerting {
    /// `for`: how long, in milliseconds, the expression holds before the alert fires.
    pub hold: i64,
    /// How long, in milliseconds, it goes on firing after the expression has ceased to hold.
    pub keep_firing_for: i64,
    /// The templates of its labels, by name.
    pub labels: Vec<(Arc<str>, Template)>,
    /// The templates of its annotations, by name.
    pub annotations: Vec<(Arc<str>, Template)>,
}

impl Rule {
    /// What only alerting rules have.
    #[must_use]
    pub const fn alerting(&self) -> Option<&Alerting> {
        match &self.kind {
            Kind::Record => None,
            Kind::Alert(alerting) => Some(alerting),
        }
    }

    /// A label as it is written.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&str> {
        let found = self.labels.iter().find(|(each, _)| each.as_ref() == name);
        found.map(|(_, value)| value.as_ref())
    }
}
