//! An expression's value, in the form of Prometheus's `/api/v1/query`, so that whatever reads Prometheus reads this.

use promql::{Labels, Sample, Value, parse};
use serde_json::{Map, json};

use crate::Watch;

/// Longest expression, in bytes: those of alert rules are some hundred.
pub(crate) const LONGEST: usize = 8 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The expression is too long, wrong, or outside of the subset.
    #[error("{0}")]
    Expression(String),
    /// The data do not allow what it asks.
    #[error("{0}")]
    Evaluation(String),
}

impl Watch {
    /// Evaluates an expression at a time, in milliseconds since 1970; now, if none is given.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub fn query(&self, expression: &str, at: Option<i64>) -> Result<serde_json::Value, QueryError> {
        if expression.len() > LONGEST {
            return Err(QueryError::Expression(format!("keep it below {LONGEST} bytes")));
        }
        let query = parse(expression).map_err(|error| QueryError::Expression(error.to_string()))?;
        let at = at.unwrap_or_else(|| self.clock().now_micros() / 1_000);
        let value = query
            .instant(self.store(), at)
            .map_err(|error| QueryError::Evaluation(error.to_string()))?;
        Ok(json!({ "status": "success", "data": data(&value, at) }))
    }
}

fn data(value: &Value, at: i64) -> serde_json::Value {
    match value {
        Value::Scalar(number) => json!({ "resultType": "scalar", "result": point(at, *number) }),
        Value::Text(text) => json!({ "resultType": "string", "result": [seconds(at), text] }),
        Value::Vector(all) => {
            let each = all
                .iter()
                .map(|(labels, number)| json!({ "metric": metric(labels), "value": point(at, *number) }));
            json!({ "resultType": "vector", "result": each.collect::<Vec<_>>() })
        }
        Value::Matrix(all) => {
            let each = all.iter().map(|series| {
                let values: Vec<_> = series
                    .samples
                    .iter()
                    .map(|Sample { at, value }| point(*at, *value))
                    .collect();
                json!({ "metric": metric(&series.labels), "values": values })
            });
            json!({ "resultType": "matrix", "result": each.collect::<Vec<_>>() })
        }
    }
}

fn metric(labels: &Labels) -> Map<String, serde_json::Value> {
    labels
        .iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

fn seconds(at: i64) -> f64 {
    at as f64 / 1e3
}

fn point(at: i64, value: f64) -> serde_json::Value {
    json!([seconds(at), number(value)])
}

/// As Go writes it; JSON has no infinity.
pub(crate) fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_has_prometheus_form() {
        let labels = Labels::new([("__name__", "up"), ("job", "a")]);
        let vector = data(&Value::Vector(vec![(labels, f64::INFINITY)]), 1_500);
        assert_eq!(
            vector,
            json!({ "resultType": "vector", "result": [
                { "metric": { "__name__": "up", "job": "a" }, "value": [1.5, "+Inf"] }
            ] })
        );
        assert_eq!(
            data(&Value::Scalar(f64::NAN), 0),
            json!({ "resultType": "scalar", "result": [0.0, "NaN"] })
        );
        assert_eq!(number(0.1), "0.1");
    }
}
