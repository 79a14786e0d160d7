//! A value of a journey: what stands for a name, or what must be in an answer.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Longest text, in bytes: an id, a date, an amount.
pub(crate) const LONGEST: usize = 256;

/// It may be of a customer, so `Debug` keeps it to itself, and what is no such value is read all the same: the
/// reader of TOML would quote it in its error.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// True or false.
    Truth(bool),
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// Something else, which is refused with its place.
    Other(IgnoredAny),
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truth(_) => "Truth",
            Self::Integer(_) => "Integer",
            Self::Text(_) => "Text",
            Self::Other(_) => "Other",
        })
    }
}

impl Scalar {
    /// What an answer holds, if it can be kept for later steps: a text that is none of [`LONGEST`] or a whole
    /// number.
    pub(crate) fn captured(value: &serde_json::Value) -> Option<Self> {
        let kept = match value {
            serde_json::Value::String(text) => Self::Text(text.clone()),
            other => Self::Integer(other.as_i64()?),
        };
        kept.stands_for_a_name().then_some(kept)
    }

    /// Whether it may stand for a name: a text without control characters, or a whole number.
    pub(crate) fn stands_for_a_name(&self) -> bool {
        match self {
            Self::Integer(_) => true,
            Self::Text(text) => {
                !text.is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control)
            }
            Self::Truth(_) | Self::Other(_) => false,
        }
    }

    /// As a part of a text.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::Truth(truth) => truth.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Other(_) => String::new(),
        }
    }

    /// As a part of a document.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Truth(truth) => (*truth).into(),
            Self::Integer(number) => (*number).into(),
            Self::Text(text) => text.clone().into(),
            Self::Other(_) => serde_json::Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_shown() {
        let shown = format!("{:?}", [Scalar::Text("frm_1".to_owned()), Scalar::Integer(77)]);
        assert_eq!(shown, "[Text, Integer]");
    }

    #[test]
    fn only_short_texts_and_whole_numbers_are_kept() {
        let kept = |text: &str| Scalar::captured(&serde_json::from_str(text).unwrap());
        assert_eq!(kept("\"a b\""), Some(Scalar::Text("a b".to_owned())));
        assert_eq!(kept("-3"), Some(Scalar::Integer(-3)));
        let long = format!("\"{}\"", "x".repeat(LONGEST + 1));
        for none in [
            "1.5",
            "null",
            "true",
            "[]",
            "{}",
            "\"\"",
            "\"a\\nb\"",
            "18446744073709551615",
            &long,
        ] {
            assert_eq!(kept(none), None, "{none}");
        }
    }
}
