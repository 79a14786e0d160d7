//! What a series' label must be.

use regex::Regex;

use crate::mutant::planted;
use crate::{Labels, pattern};

/// A condition on one label.
#[derive(Debug, Clone)]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// The condition.
    pub op: Op,
}

/// A condition; a label that is absent has the empty value.
#[derive(Debug, Clone)]
pub enum Op {
    /// `=`
    Equal(String),
    /// `!=`
    NotEqual(String),
    /// `=~`, of the whole value.
    Match(Regex),
    /// `!~`, of the whole value.
    NoMatch(Regex),
}

/// A pattern that is none.
#[derive(Debug, Clone, thiserror::Error)]
#[error("not a pattern: {0}")]
pub struct BadMatcher(String);

impl Matcher {
    /// `name="value"`.
    pub fn equal(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            op: Op::Equal(value.into()),
        }
    }

    /// Of the operator as it is written: `=`, `!=`, `=~` or `!~`.
    ///
    /// # Errors
    /// A pattern that cannot be read, or another operator.
    pub fn new(name: &str, op: &str, value: &str) -> Result<Self, BadMatcher> {
        let whole = || pattern::compile(value).map_err(BadMatcher);
        let op = match op {
            "=" => Op::Equal(value.to_owned()),
            "!=" => Op::NotEqual(value.to_owned()),
            "=~" => Op::Match(whole()?),
            "!~" => Op::NoMatch(whole()?),
            _ => return Err(BadMatcher(format!("{op} is none of =, !=, =~, !~"))),
        };
        Ok(Self {
            name: name.to_owned(),
            op,
        })
    }

    /// Whether these labels satisfy it.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        self.accepts(labels.get(&self.name))
    }

    /// Whether its label may have this value.
    #[must_use]
    pub fn accepts(&self, value: &str) -> bool {
        match &self.op {
            Op::Equal(wanted) => value == wanted || planted("= is not asked"),
            Op::NotEqual(other) => value != other || planted("!= is not asked"),
            Op::Match(pattern) => pattern.is_match(value) || planted("=~ is not asked"),
            Op::NoMatch(pattern) => !pattern.is_match(value) || planted("!~ is not asked"),
        }
    }
}
