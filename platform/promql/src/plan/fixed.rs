//! Which expressions have one value for all times of a query, by the rules of Prometheus.
//!
//! Prometheus evaluates such a part once and repeats its value. Where only a part of a call is fixed, the window
//! of 2.42 moves although `@` says otherwise, so those few queries are refused.

use crate::syntax::tree::{Expr, Node};

/// These depend on the time of evaluation whatever their arguments.
const OF_THE_TIME: &[&str] = &[
    "days_in_month",
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "hour",
    "minute",
    "month",
    "year",
    "predict_linear",
    "time",
    "timestamp",
];

pub(crate) fn is_fixed(expr: &Expr) -> bool {
    match &expr.node {
        Node::Number(_) | Node::Text(_) => true,
        Node::Selector(selector) | Node::Range(selector, _) => selector.shift.at.is_some(),
        Node::Subquery(subquery) => subquery.shift.at.is_some(),
        Node::Paren(of) | Node::Sign { of, .. } => is_fixed(of),
        Node::Binary(binary) => is_fixed(&binary.left) && is_fixed(&binary.right),
        Node::Aggregate(aggregate) => is_fixed(&aggregate.of),
        Node::Call(call) => !OF_THE_TIME.contains(&call.name.as_str()) && call.arguments.iter().all(is_fixed),
    }
}
