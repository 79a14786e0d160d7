//! One leaf as it is found.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// A leaf: its body, and what stands beside it where it comes from a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Its place in the log; none while it waits for one.
    pub index: Option<u64>,
    /// The canonical JSON that is hashed.
    pub body: String,
    /// The columns beside the body.
    pub columns: Option<Columns>,
}

/// The columns that repeat what the body says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Typed id.
    pub id: String,
    /// Microseconds since the Unix epoch.
    pub at: String,
    /// The log.
    pub origin: String,
    /// The act.
    pub act: String,
    /// Who.
    pub actor: String,
    /// The leaf's hash in hexadecimal, lower case.
    pub hash: String,
}

/// What every body says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts<'a> {
    /// What was done, `noun.verb`.
    #[serde(borrow)]
    pub act: Cow<'a, str>,
    /// Who did it.
    #[serde(borrow)]
    pub actor: Cow<'a, str>,
    /// When, in microseconds since the Unix epoch.
    pub at: i64,
    /// What else is to be proved; any JSON.
    #[serde(rename = "body")]
    _body: IgnoredAny,
    /// Typed id, unlike any other's.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// The log.
    #[serde(borrow)]
    pub origin: Cow<'a, str>,
    /// What it was done to.
    #[serde(borrow)]
    pub subject: Cow<'a, str>,
}

impl Leaf {
    /// What the body says; nothing if it is no leaf's body.
    #[must_use]
    pub fn facts(&self) -> Option<Facts<'_>> {
        serde_json::from_str(&self.body).ok()
    }
}

impl Columns {
    /// The first column that says something else than the body.
    pub(crate) fn differs(&self, facts: &Facts<'_>) -> Option<&'static str> {
        let pairs = [
            ("id", self.id.as_str(), &*facts.id),
            ("origin", self.origin.as_str(), &*facts.origin),
            ("act", self.act.as_str(), &*facts.act),
            ("actor", self.actor.as_str(), &*facts.actor),
        ];
        if let Some((name, ..)) = pairs.iter().find(|(_, column, body)| column != body) {
            return Some(*name);
        }
        (self.at.parse() != Ok(facts.at)).then_some("at")
    }
}
