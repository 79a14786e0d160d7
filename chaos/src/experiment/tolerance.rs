//! What a probe may return, with Chaos Toolkit's meanings.

use regex::Regex;
use serde_json::{Map, Value};
use serde_json_path::JsonPath;

use crate::experiment::document::{Activity, Invalid, text};

/// A tolerance, checked as far as it can be before variables are put in.
#[derive(Debug, Clone)]
pub enum Tolerance {
    /// Equal to it: a text, true or false.
    Equal(Value),
    /// Equal to it, or a status equal to it.
    Number(Value),
    /// One of them, or between two.
    List(Vec<Value>),
    /// A text in which a pattern is found.
    Regex {
        /// A field of what was returned.
        target: Option<String>,
        /// The pattern.
        pattern: String,
    },
    /// A document in which a path finds something.
    JsonPath {
        /// A field of what was returned.
        target: Option<String>,
        /// The path (RFC 9535).
        path: String,
        /// How many it has to find.
        count: Option<u64>,
        /// What it has to find.
        expect: Option<Value>,
    },
    /// A number between two, both included.
    Range {
        /// A field of what was returned.
        target: Option<String>,
        /// The least.
        least: f64,
        /// The most.
        most: f64,
    },
    /// Another probe, which is given what was returned as its argument `value`.
    Probe(Box<Activity>),
}

impl Tolerance {
    pub(super) fn read(value: &Value) -> Result<Self, Invalid> {
        match value {
            Value::Bool(_) | Value::String(_) => Ok(Self::Equal(value.clone())),
            Value::Number(number) if number.is_i64() || number.is_u64() => Ok(Self::Number(value.clone())),
            Value::Array(list) => Ok(Self::List(list.clone())),
            Value::Object(fields) => Self::of_fields(value, fields),
            _ => Err(Invalid(
                "a tolerance is a whole number, a text, true or false, a list or an object".to_owned(),
            )),
        }
    }

    fn of_fields(value: &Value, fields: &Map<String, Value>) -> Result<Self, Invalid> {
        let target = text(fields, "target").map(str::to_owned);
        let needed = |name: &str| {
            let found = text(fields, name).filter(|text| !text.trim().is_empty());
            found
                .map(str::to_owned)
                .ok_or_else(|| Invalid(format!("the tolerance requires a {name}")))
        };
        match text(fields, "type") {
            Some("probe") => Ok(Self::Probe(Box::new(Activity::read(value)?))),
            Some("regex") => {
                let pattern = needed("pattern")?;
                if !pattern.contains("${") {
                    compiled(&pattern)?;
                }
                Ok(Self::Regex { target, pattern })
            }
            Some("jsonpath") => {
                let path = needed("path")?;
                if !path.contains("${") {
                    parsed(&path)?;
                }
                Ok(Self::JsonPath {
                    target,
                    path,
                    count: fields.get("count").and_then(Value::as_u64),
                    expect: fields.get("expect").cloned(),
                })
            }
            Some("range") => match fields.get("range").and_then(Value::as_array).map(Vec::as_slice) {
                Some([least, most]) => match (least.as_f64(), most.as_f64()) {
                    (Some(least), Some(most)) => Ok(Self::Range { target, least, most }),
                    _ => Err(Invalid("both ends of a range have to be numbers".to_owned())),
                },
                _ => Err(Invalid("a range has two ends".to_owned())),
            },
            other => Err(Invalid(format!(
                "there is no tolerance of type '{}': use probe, regex, jsonpath or range",
                other.unwrap_or_default()
            ))),
        }
    }

    /// Whether a value is tolerated; variables are put in by `fill`. A probe is not judged here: whoever can run it
    /// does.
    ///
    /// # Errors
    /// When a pattern or path is none once its variables are put in.
    pub fn tolerates(&self, value: &Value, fill: &dyn Fn(&Value) -> Value) -> Result<bool, Invalid> {
        let filled = |text: &str| match fill(&Value::from(text)) {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Ok(match self {
            Self::Equal(expected) => same(&fill(expected), value),
            Self::Number(expected) => same(expected, value.get("status").unwrap_or(value)),
            Self::List(list) => in_list(&list.iter().map(fill).collect::<Vec<_>>(), value),
            Self::Regex { target, pattern } => {
                let pattern = compiled(&filled(pattern))?;
                as_text(aimed(value, target.as_deref())).is_some_and(|text| pattern.is_match(&text))
            }
            Self::JsonPath {
                target,
                path,
                count,
                expect,
            } => {
                let path = parsed(&filled(path))?;
                let aimed = aimed(value, target.as_deref());
                let document = aimed
                    .as_str()
                    .and_then(|text| serde_json::from_str(text).ok())
                    .unwrap_or_else(|| aimed.clone());
                let found = path.query(&document).all();
                let counted = count.map_or(!found.is_empty(), |count| {
                    u64::try_from(found.len()).is_ok_and(|found| found == count)
                });
                match expect.as_ref().map(fill) {
                    None => counted,
                    Some(Value::Array(expected)) => found == expected.iter().collect::<Vec<_>>(),
                    Some(expected) => found == [&expected],
                }
            }
            Self::Range { target, least, most } => number(aimed(value, target.as_deref()))
                .is_some_and(|number| (*least..=*most).contains(&number)),
            Self::Probe(_) => false,
        })
    }
}

/// The field that is aimed at, or the whole where there is none, as Chaos Toolkit has it.
fn aimed<'a>(value: &'a Value, target: Option<&str>) -> &'a Value {
    target.and_then(|target| value.get(target)).unwrap_or(value)
}

fn in_list(list: &[Value], value: &Value) -> bool {
    if let Some(status) = value.get("status") {
        return list.iter().any(|one| same(one, status));
    }
    if let [least, most] = list {
        return match (least.as_f64(), value.as_f64(), most.as_f64()) {
            (Some(least), Some(value), Some(most)) => (least..=most).contains(&value),
            _ => match (least.as_str(), value.as_str(), most.as_str()) {
                (Some(least), Some(value), Some(most)) => (least..=most).contains(&value),
                _ => false,
            },
        };
    }
    list.iter().any(|one| same(one, value))
}

/// 1 is 1.0.
fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other).is_eq(),
        _ => one == other,
    }
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number: &f64| number.is_finite())
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn compiled(pattern: &str) -> Result<Regex, Invalid> {
    // Its bounds on size and time are those of the library: no pattern takes more than linear time.
    Regex::new(pattern).map_err(|error| {
        Invalid(format!(
            "the pattern cannot be used (there is no look-around and no back-reference): {error}"
        ))
    })
}

fn parsed(path: &str) -> Result<JsonPath, Invalid> {
    JsonPath::parse(path.trim()).map_err(|error| Invalid(format!("the JSON path {path} is none: {error}")))
}

/// What another probe returned, as a verdict.
pub(super) fn verdict(output: &Value) -> bool {
    match output {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        // Of a program its exit code, of a request its status: any answer at all would be no verdict.
        Value::Object(fields) => match (
            fields.get("status").and_then(Value::as_i64),
            fields.get("headers"),
        ) {
            (Some(status), Some(_)) => (200..400).contains(&status),
            (Some(status), None) => status == 0,
            (None, _) => !fields.is_empty(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tolerates(tolerance: &Value, value: &Value) -> bool {
        Tolerance::read(tolerance)
            .unwrap()
            .tolerates(value, &Value::clone)
            .unwrap()
    }

    #[test]
    fn each_kind_says_yes_and_no() {
        let answer = json!({ "status": 200, "headers": {}, "body": { "names": ["a", "b"], "late": "0.5" } });
        let program = json!({ "status": 1, "stdout": "12 rows", "stderr": "" });
        for (tolerance, value, expected) in [
            (json!(true), json!(true), true),
            (json!(true), json!(false), false),
            (json!("ok"), json!("ok"), true),
            (json!("ok"), json!("not ok"), false),
            (json!(200), answer.clone(), true),
            (json!(503), answer.clone(), false),
            (json!(7), json!(7), true),
            (json!([200, 201]), answer.clone(), true),
            (json!([201, 204]), answer.clone(), false),
            // Of a status a list is a list, of a number two are its ends.
            (json!([100, 300]), answer.clone(), false),
            (json!([1, 5]), json!(3), true),
            (json!([1, 5]), json!(5.5), false),
            (json!([1, 5, 9]), json!(5), true),
            (json!([1, 5, 9]), json!(6), false),
            (
                json!({ "type": "regex", "pattern": "^\\d+ rows$", "target": "stdout" }),
                program.clone(),
                true,
            ),
            (
                json!({ "type": "regex", "pattern": "^rows", "target": "stdout" }),
                program,
                false,
            ),
            (json!({ "type": "regex", "pattern": "b" }), json!("abc"), true),
            (
                json!({ "type": "jsonpath", "path": "$.names[*]", "target": "body" }),
                answer.clone(),
                true,
            ),
            (
                json!({ "type": "jsonpath", "path": "$.names[*]", "target": "body", "count": 3 }),
                answer.clone(),
                false,
            ),
            (
                json!({ "type": "jsonpath", "path": "$.names[*]", "target": "body", "expect": ["a", "b"] }),
                answer.clone(),
                true,
            ),
            (
                json!({ "type": "jsonpath", "path": "$.names[0]", "target": "body", "expect": "a" }),
                answer.clone(),
                true,
            ),
            (
                json!({ "type": "jsonpath", "path": "$.names[0]", "target": "body", "expect": "b" }),
                answer.clone(),
                false,
            ),
            (
                json!({ "type": "jsonpath", "path": "$.none", "target": "body" }),
                answer,
                false,
            ),
            (
                json!({ "type": "jsonpath", "path": "$.a" }),
                json!("{\"a\": 1}"),
                true,
            ),
            (json!({ "type": "range", "range": [0, 1.5] }), json!("0.5"), true),
            (json!({ "type": "range", "range": [0, 1.5] }), json!(2), false),
            (
                json!({ "type": "range", "range": [0, 1.5] }),
                json!("much"),
                false,
            ),
            (
                json!({ "type": "range", "range": [0, 1], "target": "late" }),
                json!({ "late": 0.5 }),
                true,
            ),
        ] {
            assert_eq!(tolerates(&tolerance, &value), expected, "{tolerance} of {value}");
        }
    }

    #[test]
    fn what_is_no_tolerance_is_refused_before_anything_runs() {
        for wrong in [
            json!(1.5),
            json!(null),
            json!({}),
            json!({ "type": "tea-leaves" }),
            json!({ "type": "regex" }),
            json!({ "type": "regex", "pattern": "(" }),
            json!({ "type": "jsonpath", "path": " " }),
            json!({ "type": "jsonpath", "path": "names" }),
            json!({ "type": "range", "range": [1] }),
            json!({ "type": "range", "range": [1, "2"] }),
            json!({ "type": "probe" }),
        ] {
            assert!(Tolerance::read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_probe_as_a_tolerance_counts_by_what_it_means() {
        for (output, expected) in [
            (json!(true), true),
            (json!(null), false),
            (json!(0), false),
            (json!({ "status": 0, "stdout": "" }), true),
            (json!({ "status": 1, "stdout": "" }), false),
            (json!({ "status": 204, "headers": {} }), true),
            (json!({ "status": 500, "headers": {} }), false),
        ] {
            assert_eq!(verdict(&output), expected, "{output}");
        }
    }
}
