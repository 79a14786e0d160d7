//! What is evaluated. An expression that gives a number at each time and one that gives a vector are different
//! types here, so that no evaluation has to ask.

use std::sync::Arc;

use regex::Regex;

use super::function::{Map, Over, Part};
use crate::Labels;
use crate::grouping::Grouping;
use crate::syntax::operator::{Arithmetic, Comparison, Set};
use crate::syntax::token::Aggregator;
use crate::syntax::tree::Shift;

/// A whole query.
#[derive(Debug, Clone)]
pub(crate) enum Root {
    Scalar(Scalar),
    Text(Arc<str>),
    Vector(Vector),
    Matrix(Window),
}

/// A number at each time.
#[derive(Debug, Clone)]
pub(crate) enum Scalar {
    Number(f64),
    Time,
    Of(Box<Vector>),
    Negate(Box<Self>),
    Binary(Operation, Box<(Self, Self)>),
}

/// Labels with a number each, at each time.
#[derive(Debug, Clone)]
pub(crate) enum Vector {
    /// By the slot of its selector.
    Select(usize),
    /// When the samples of that selector were taken.
    Timestamp(usize),
    /// `timestamp` of anything else: the time of evaluation.
    Now(Box<Self>),
    Constant(Box<Scalar>),
    Negate {
        id: usize,
        of: Box<Self>,
    },
    WithScalar(Box<WithScalar>),
    Matched(Box<Matched>),
    Set(Box<SetOperation>),
    Aggregate(Box<Aggregate>),
    Map(Box<MapValues>),
    Date(Part, Option<Box<Self>>),
    Over(Box<OverWindow>),
    Absent(Box<(Self, Labels)>),
    AbsentOver(Box<(Window, Labels)>),
    HistogramQuantile(Box<(Scalar, Self)>),
    Replace(Box<Replace>),
    Join(Box<Join>),
    Sort {
        descending: bool,
        of: Box<Self>,
    },
}

/// What two numbers are put through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Arithmetic(Arithmetic),
    /// And whether its outcome is the value: `bool`.
    Comparison(Comparison, bool),
}

#[derive(Debug, Clone)]
pub(crate) struct WithScalar {
    pub(crate) operation: Operation,
    pub(crate) vector: Vector,
    pub(crate) scalar: Scalar,
    /// Whether the scalar stands on the left.
    pub(crate) swapped: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Matched {
    pub(crate) operation: Operation,
    pub(crate) left: Vector,
    pub(crate) right: Vector,
    pub(crate) grouping: Grouping,
    pub(crate) cardinality: Cardinality,
}

#[derive(Debug, Clone)]
pub(crate) enum Cardinality {
    OneToOne,
    /// `group_left`, with the labels that are taken from the right.
    ManyToOne(Vec<Arc<str>>),
    /// `group_right`, with the labels that are taken from the left.
    OneToMany(Vec<Arc<str>>),
}

#[derive(Debug, Clone)]
pub(crate) struct SetOperation {
    pub(crate) operator: Set,
    pub(crate) left: Vector,
    pub(crate) right: Vector,
    pub(crate) grouping: Grouping,
}

#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    pub(crate) by: Aggregator,
    pub(crate) grouping: Grouping,
    pub(crate) parameter: Parameter,
    pub(crate) of: Vector,
}

#[derive(Debug, Clone)]
pub(crate) enum Parameter {
    None,
    Scalar(Scalar),
    /// The label of `count_values`.
    Label(Arc<str>),
}

#[derive(Debug, Clone)]
pub(crate) struct MapValues {
    pub(crate) map: Map,
    pub(crate) parameters: Vec<Scalar>,
    pub(crate) of: Vector,
}

#[derive(Debug, Clone)]
pub(crate) struct OverWindow {
    pub(crate) id: usize,
    pub(crate) over: Over,
    pub(crate) parameter: Option<Scalar>,
    pub(crate) window: Window,
}

/// Samples of a span of time.
#[derive(Debug, Clone)]
pub(crate) enum Window {
    Stored {
        slot: usize,
        /// Milliseconds.
        range: i64,
    },
    Subquery(Box<Subquery>),
}

#[derive(Debug, Clone)]
pub(crate) struct Subquery {
    /// Among the subqueries of the query.
    pub(crate) id: usize,
    pub(crate) of: Vector,
    /// Milliseconds.
    pub(crate) range: i64,
    /// Milliseconds.
    pub(crate) step: i64,
    pub(crate) shift: Shift,
}

/// `label_replace`
#[derive(Debug, Clone)]
pub(crate) struct Replace {
    pub(crate) of: Vector,
    pub(crate) target: String,
    pub(crate) template: String,
    pub(crate) source: String,
    pub(crate) pattern: Regex,
}

/// `label_join`
#[derive(Debug, Clone)]
pub(crate) struct Join {
    pub(crate) of: Vector,
    pub(crate) target: String,
    pub(crate) separator: String,
    pub(crate) sources: Vec<String>,
}
