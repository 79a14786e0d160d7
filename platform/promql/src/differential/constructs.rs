//! Everything that the subset declares: each needs its cases.

use crate::plan::function::FUNCTIONS;
use crate::syntax::token::Aggregator;

/// What is neither a function nor an aggregation.
pub(super) const OTHERS: &[&str] = &[
    "=",
    "!=",
    "=~",
    "!~",
    "selector",
    "range selector",
    "subquery",
    "subquery without step",
    "offset",
    "negative offset",
    "@ time",
    "@ start()",
    "@ end()",
    "number",
    "hexadecimal",
    "octal",
    "exponent",
    "NaN",
    "Inf",
    "string",
    "unary -",
    "unary +",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "atan2",
    "==",
    "!= of values",
    "<",
    "<=",
    ">",
    ">=",
    "bool",
    "and",
    "or",
    "unless",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "included labels",
    "precedence",
    "by",
    "without",
];

/// Where the data do not allow what is asked.
pub(super) const ERRORS: &[&str] = &[
    "error: many to many",
    "error: many to one",
    "error: same labels",
    "error: not unique",
    "error: no count",
];

/// All that must give values.
pub(super) fn all() -> Vec<&'static str> {
    let functions = FUNCTIONS.iter().map(|each| each.name);
    let aggregators = Aggregator::ALL.iter().map(|(name, _)| *name);
    OTHERS
        .iter()
        .copied()
        .chain(functions)
        .chain(aggregators)
        .collect()
}
