//! What either side says to a query.

use serde_json::Value as Json;

use crate::{Labels, Query, Rejected, Sample, Series, Source, Value, parse};

#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// Not read: line, column and reason.
    Rejected(u32, u32, String),
    /// Read, but the data do not allow it.
    Failed(#[expect(dead_code, reason = "told by Debug where answers differ")] String),
    Is(Value),
}

impl Answer {
    pub(super) fn is_value(&self) -> bool {
        matches!(self, Self::Is(_))
    }

    /// Whether it is a value with something in it.
    pub(super) fn says_something(&self) -> bool {
        match self {
            Self::Is(Value::Vector(all)) => !all.is_empty(),
            Self::Is(Value::Matrix(all)) => !all.is_empty(),
            Self::Is(_) => true,
            Self::Rejected(..) | Self::Failed(_) => false,
        }
    }

    /// Of our side, at a time.
    pub(super) fn instant(text: &str, source: &dyn Source, at: i64) -> Self {
        Self::of(text, |query| query.instant(source, at))
    }

    /// Of our side, at many times.
    pub(super) fn range(text: &str, source: &dyn Source, start: i64, end: i64, step: i64) -> Self {
        Self::of(text, |query| {
            query.range(source, start, end, step).map(Value::Matrix)
        })
    }

    fn of(text: &str, evaluate: impl Fn(&Query) -> Result<Value, crate::EvalError>) -> Self {
        match parse(text) {
            Err(Rejected { line, column, reason }) => Self::Rejected(line, column, reason),
            Ok(query) => match evaluate(&query) {
                Ok(value) => Self::Is(value),
                Err(error) => Self::Failed(error.to_string()),
            },
        }
    }

    /// Of Prometheus, from its JSON.
    pub(super) fn read(body: &[u8]) -> Self {
        let json: Json = serde_json::from_slice(body).expect("JSON");
        if json["status"] != "success" {
            let error = json["error"].as_str().unwrap().to_owned();
            return match place(&error) {
                Some((line, column)) => Self::Rejected(line, column, error),
                None => Self::Failed(error),
            };
        }
        let result = &json["data"]["result"];
        Self::Is(match json["data"]["resultType"].as_str().unwrap() {
            "scalar" => Value::Scalar(number(&result[1])),
            "string" => Value::Text(result[1].as_str().unwrap().to_owned()),
            "vector" => {
                let all = result.as_array().unwrap().iter();
                Value::Vector(
                    all.map(|each| (labels(&each["metric"]), number(&each["value"][1])))
                        .collect(),
                )
            }
            "matrix" => Value::Matrix(result.as_array().unwrap().iter().map(series).collect()),
            other => panic!("a result of type {other}"),
        })
    }
}

/// From `…1:5: parse error: …`.
fn place(error: &str) -> Option<(u32, u32)> {
    let (before, _) = error.split_once(": parse error:")?;
    let before = before.rsplit(' ').next()?.trim_matches('"');
    let (line, column) = before.split_once(':')?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

fn number(json: &Json) -> f64 {
    json.as_str().unwrap().parse().unwrap()
}

fn labels(json: &Json) -> Labels {
    let all = json.as_object().unwrap().iter();
    Labels::new(all.map(|(name, value)| (name.as_str(), value.as_str().unwrap())))
}

fn series(json: &Json) -> Series {
    let samples = json["values"].as_array().unwrap().iter().map(|pair| Sample {
        at: milliseconds(&pair[0]),
        value: number(&pair[1]),
    });
    Series {
        labels: labels(&json["metric"]),
        samples: samples.collect(),
    }
}

/// Seconds as they are written, with up to three digits after the point: exact.
fn milliseconds(json: &Json) -> i64 {
    let text = json.to_string();
    let (seconds, rest) = text.split_once('.').unwrap_or((&text, ""));
    format!("{seconds}{rest:0<3}").parse().unwrap()
}
