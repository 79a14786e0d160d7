//! Values at many times, in the form of Prometheus's `/api/v1/query_range`.

use promql::{Labels, Sample, Series, parse};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::Watch;
use crate::answer::{LONGEST, QueryError, number};

/// Times of one answer: a screen has fewer dots.
pub const TIMES: i64 = 11_000;
/// Values of one answer, of all its series: 30 MB of text.
const VALUES: usize = 1_000_000;

/// From when to when, and how far apart, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    start: i64,
    end: i64,
    step: i64,
}

impl Span {
    /// Checks it; times are in milliseconds since 1970.
    ///
    /// # Errors
    /// The name of the parameter that is wrong, and the mend.
    pub fn new(start: i64, end: i64, step: i64) -> Result<Self, (&'static str, &'static str)> {
        if end < start {
            return Err(("end", "not before start"));
        }
        if step <= 0 || (end - start) / step >= TIMES {
            return Err((
                "step",
                "more than nothing, and so long that there are at most 11,000 times",
            ));
        }
        Ok(Self { start, end, step })
    }
}

impl Watch {
    /// Evaluates an expression at many times; gives the text of the answer, as JSON.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub fn query_range(&self, expression: &str, span: Span) -> Result<String, QueryError> {
        if expression.len() > LONGEST {
            return Err(QueryError::Expression(format!("keep it below {LONGEST} bytes")));
        }
        let query = parse(expression).map_err(|error| QueryError::Expression(error.to_string()))?;
        if matches!(query.kind(), promql::Kind::String | promql::Kind::Matrix) {
            let text = format!(
                "a {} has no value at many times: ask for a scalar or a vector",
                query.kind()
            );
            return Err(QueryError::Expression(text));
        }
        let all = query
            .range(self.store(), span.start, span.end, span.step)
            .map_err(|error| QueryError::Evaluation(error.to_string()))?;
        text(&all)
    }
}

fn text(all: &[Series]) -> Result<String, QueryError> {
    let values: usize = all.iter().map(|series| series.samples.len()).sum();
    if values > VALUES {
        let mend =
            format!("{values} values, and an answer has {VALUES} at most: ask for fewer series or times");
        return Err(QueryError::Evaluation(mend));
    }
    let result = serde_json::to_string(&Many(all));
    let result = result.map_err(|error| QueryError::Evaluation(error.to_string()))?;
    Ok(format!(
        r#"{{"status":"success","data":{{"resultType":"matrix","result":{result}}}}}"#
    ))
}

struct Many<'a>(&'a [Series]);
struct One<'a>(&'a Series);
struct Metric<'a>(&'a Labels);
struct Values<'a>(&'a [Sample]);
struct At(i64);

impl Serialize for Many<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().map(One))
    }
}

impl Serialize for One<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(2))?;
        map.serialize_entry("metric", &Metric(&self.0.labels))?;
        map.serialize_entry("values", &Values(&self.0.samples))?;
        map.end()
    }
}

impl Serialize for Metric<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter())
    }
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut all = to.serialize_seq(Some(self.0.len()))?;
        for Sample { at, value } in self.0 {
            all.serialize_element(&(At(*at), number(*value)))?;
        }
        all.end()
    }
}

/// Seconds, whole ones without a point, as Prometheus writes them.
impl Serialize for At {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 % 1_000 {
            0 => to.serialize_i64(self.0 / 1_000),
            _ => to.serialize_f64(self.0 as f64 / 1e3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_has_prometheus_form() {
        let series = Series {
            labels: Labels::new([("__name__", "up"), ("job", "a\"b")]),
            samples: vec![
                Sample {
                    at: 1_500,
                    value: 0.1,
                },
                Sample {
                    at: 2_000,
                    value: f64::NEG_INFINITY,
                },
            ],
        };
        assert_eq!(
            text(&[series]).unwrap(),
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a\"b"},"values":[[1.5,"0.1"],[2,"-Inf"]]}]}}"#
        );
        assert!(text(&[]).unwrap().ends_with(r#""result":[]}}"#));
    }

    #[test]
    fn a_span_that_is_none_or_too_fine_names_what_to_mend() {
        let field = |start, end, step| Span::new(start, end, step).map_err(|(field, _)| field);
        assert!(field(0, 0, 1).is_ok() && field(0, 10_999, 1).is_ok());
        assert_eq!(field(0, 11_000, 1), Err("step"));
        assert_eq!(field(0, 5, 0), Err("step"));
        assert_eq!(field(5, 4, 1), Err("end"));
        assert_eq!(field(0, i64::MAX, 1), Err("step"));
    }

    #[test]
    fn an_answer_that_nobody_could_read_is_none() {
        let series = Series {
            labels: Labels::none(),
            samples: vec![Sample { at: 0, value: 1.0 }; VALUES / 10 + 1],
        };
        let refused = text(&vec![series; 10]);
        assert!(matches!(refused, Err(QueryError::Evaluation(_))));
    }
}
