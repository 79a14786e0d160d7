//! What is kept of a step: a small JSON value, without what looks like a secret or like customer data.

use base::telemetry::redact;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Bytes of JSON that are kept of one step: an answer of our own commands has a few hundred.
pub const LONGEST: usize = 4096;

/// Characters of a reason.
pub const LONGEST_REASON: usize = 500;

/// How deep a value may be; what is deeper was not made by us.
const DEEPEST: usize = 16;

/// Words in the name of a member that holds a secret.
const SECRET: &[&str] = &[
    "password",
    "secret",
    "token",
    "authorization",
    "cookie",
    "private",
    "passwd",
];

/// A step's output, as it is kept. Made by [`Output::of`] only, which never fails: the effect has happened by then, and
/// a journal that refused to note it would make it unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Output(Value);

impl Output {
    /// Masks what looks like a secret or an identifier, and leaves out what is too long.
    #[must_use]
    pub fn of(value: Value) -> Self {
        let masked = masked(value, DEEPEST);
        let length = masked.to_string().len();
        if length > LONGEST {
            return Self(json!({ "left_out": length }));
        }
        Self(masked)
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0
    }
}

/// A reason as it is kept: masked, on one line, bounded.
#[must_use]
pub fn reason(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST_REASON)
        .collect();
    redact(&line)
}

fn masked(value: Value, deep: usize) -> Value {
    if deep == 0 {
        return json!("left out");
    }
    match value {
        Value::String(text) => Value::String(redact(&text)),
        Value::Array(items) => items.into_iter().map(|item| masked(item, deep - 1)).collect(),
        Value::Object(members) => {
            let each = members.into_iter().map(|(name, member)| {
                let member = if is_secret(&name) {
                    json!("***")
                } else {
                    masked(member, deep - 1)
                };
                // A name is text like any other: maps are keyed by ids.
                (redact(&name), member)
            });
            Value::Object(each.collect::<Map<_, _>>())
        }
        // As a text of the same digits would be.
        Value::Number(number) => match redact(&number.to_string()) {
            text if text == number.to_string() => Value::Number(number),
            text => Value::String(text),
        },
        other @ (Value::Null | Value::Bool(_)) => other,
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_identifiers_are_not_kept() {
        let kept = Output::of(json!({
            "epoch": 7, "api_token": "abc", "who": "call 13800000000", "deep": [{ "Password": { "a": 1 } }],
            "account": 6_222_020_200_112_233_445_u64, "13800000000": true,
        }));
        let wanted = json!({
            "epoch": 7, "api_token": "***", "who": "call ***", "deep": [{ "Password": "***" }],
            "account": "***", "***": true,
        });
        assert_eq!(kept.value(), &wanted);
    }

    #[test]
    fn what_is_too_long_or_too_deep_is_left_out_and_says_so() {
        let kept = Output::of(json!("x".repeat(LONGEST)));
        assert_eq!(kept.value(), &json!({ "left_out": LONGEST + 2 }));
        assert_eq!(
            Output::of(json!("x".repeat(LONGEST - 2))).value(),
            &json!("x".repeat(LONGEST - 2))
        );
        let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
        assert!(Output::of(deep).value().to_string().contains("left out"));
    }

    #[test]
    fn a_reason_is_one_line() {
        assert_eq!(reason("a\nb 13800000000"), "a b ***");
        assert_eq!(reason(&"原".repeat(900)).chars().count(), LONGEST_REASON);
    }
}
