//! One typed condition of a rule, and its three answers.

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::fields::{Case, Field, Kind, Known, UnknownField};

/// Whether a condition holds. Unknown is not false: a rule about missing data
/// neither applies nor is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    Yes,
    No,
    Unknown,
}

/// A condition as the data writes it: `{"field": "open_cases", "op": "ge", "value": 3}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    field: String,
    op: String,
    value: Value,
}

/// Why a condition is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConditionError {
    /// No such field.
    #[error(transparent)]
    Field(#[from] UnknownField),
    /// No such operator, or none for the field's type.
    #[error("field {field} has no operator {op:?}")]
    Operator {
        /// The field.
        field: &'static str,
        /// The operator as written.
        op: String,
    },
    /// The value is not of the field's type, or not one of its names.
    #[error("field {0} cannot have the value that is asked for")]
    Value(&'static str),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Flag(bool),
    Less(i64),
    AtMost(i64),
    Equal(i64),
    NotEqual(i64),
    AtLeast(i64),
    More(i64),
    Among(Vec<String>),
    NotAmong(Vec<String>),
}

/// A field, an operator and a value that fit each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    field: Field,
    test: Test,
}

impl Condition {
    pub(crate) fn parse(raw: &Raw) -> Result<Self, ConditionError> {
        let field: Field = raw.field.parse()?;
        let wrong_value = ConditionError::Value(field.as_str());
        let wrong_op = || ConditionError::Operator {
            field: field.as_str(),
            op: raw.op.clone(),
        };
        let test = match field.kind() {
            Kind::Flag => match raw.op.as_str() {
                "eq" => Test::Flag(raw.value.as_bool().ok_or(wrong_value)?),
                _ => return Err(wrong_op()),
            },
            Kind::Number => {
                let test = match raw.op.as_str() {
                    "lt" => Test::Less,
                    "le" => Test::AtMost,
                    "eq" => Test::Equal,
                    "ne" => Test::NotEqual,
                    "ge" => Test::AtLeast,
                    "gt" => Test::More,
                    _ => return Err(wrong_op()),
                };
                test(raw.value.as_i64().ok_or(wrong_value)?)
            }
            Kind::Name(names) => text_test(raw, Some(names), wrong_op, wrong_value)?,
            Kind::Text => text_test(raw, None, wrong_op, wrong_value)?,
        };
        Ok(Self { field, test })
    }

    pub(crate) fn holds(&self, case: &Case<'_>) -> Truth {
        let Some(known) = self.field.of(case) else {
            return Truth::Unknown;
        };
        let yes = match (&self.test, known) {
            (Test::Flag(wanted), Known::Flag(flag)) => flag == *wanted,
            (Test::Less(bound), Known::Number(number)) => number < *bound,
            (Test::AtMost(bound), Known::Number(number)) => number <= *bound,
            (Test::Equal(bound), Known::Number(number)) => number == *bound,
            (Test::NotEqual(bound), Known::Number(number)) => number != *bound,
            (Test::AtLeast(bound), Known::Number(number)) => number >= *bound,
            (Test::More(bound), Known::Number(number)) => number > *bound,
            (Test::Among(names), Known::Text(text)) => names.iter().any(|name| name == text),
            (Test::NotAmong(names), Known::Text(text)) => names.iter().all(|name| name != text),
            // Parsing fits the test to the field's type; should they ever differ, nothing is known.
            _ => return Truth::Unknown,
        };
        if yes { Truth::Yes } else { Truth::No }
    }
}

/// `eq` and `ne` take a text, `in` a list of texts.
fn text_test(
    raw: &Raw,
    names: Option<&[&str]>,
    wrong_op: impl Fn() -> ConditionError,
    wrong_value: ConditionError,
) -> Result<Test, ConditionError> {
    let one = || raw.value.as_str().map(|text| vec![text.to_owned()]);
    let many = || {
        let list = raw
            .value
            .as_array()?
            .iter()
            .map(|one| one.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>();
        list.filter(|list| !list.is_empty())
    };
    let (test, texts): (fn(Vec<String>) -> Test, _) = match raw.op.as_str() {
        "eq" => (Test::Among, one()),
        "ne" => (Test::NotAmong, one()),
        "in" => (Test::Among, many()),
        _ => return Err(wrong_op()),
    };
    let texts = texts
        .filter(|texts| names.is_none_or(|names| texts.iter().all(|text| names.contains(&text.as_str()))));
    Ok(test(texts.ok_or(wrong_value)?))
}
