//! The steps of a journey, as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Scalar;

/// One request, and what its answer must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The label `step`.
    pub name: String,
    /// GET unless it is said.
    #[serde(default)]
    pub method: Method,
    /// Behind the target's URL, with `{name}` for what a value stands for.
    pub path: String,
    /// Of a POST, sent as JSON. A text that is `{name}` and nothing else becomes the value, a number as a number.
    #[serde(default)]
    pub body: Option<serde_json::Value>,
    /// Names for later steps, each with the JSON pointer (RFC 6901) of a text or whole number in the answer.
    #[serde(default)]
    pub capture: BTreeMap<String, String>,
    /// What the answer must be.
    #[serde(default)]
    pub expect: StepExpect,
}

/// How a step asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Changes nothing.
    #[default]
    Get,
    /// May change something, so the probe must say `writes = true`.
    Post,
}

/// What the answer to a step must be.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepExpect {
    /// This one, or one of these; any of 200–299 if none is named.
    pub status: Statuses,
    /// JSON pointers, each with the text, whole number or truth that must be there; `{name}` as in a body.
    pub json: BTreeMap<String, Scalar>,
}

/// One status or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Statuses {
    /// `200`
    One(u16),
    /// `[200, 404]`
    Some(Vec<u16>),
}

impl Default for Statuses {
    fn default() -> Self {
        Self::Some(Vec::new())
    }
}

impl Statuses {
    /// Those that are named.
    pub(crate) fn named(&self) -> &[u16] {
        match self {
            Self::One(status) => std::slice::from_ref(status),
            Self::Some(statuses) => statuses,
        }
    }

    /// Whether an answer may have this one.
    pub(crate) fn has(&self, status: u16) -> bool {
        let named = self.named();
        named.contains(&status) || named.is_empty() && (200..300).contains(&status)
    }
}
