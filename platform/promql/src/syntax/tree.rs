//! An expression as it is written.

use super::operator::Operator;
use super::token::Aggregator;
use crate::Matcher;

/// A part of a query, and where it begins in the text.
#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub(crate) node: Node,
    pub(crate) from: usize,
    /// Of the tree below it, itself included.
    pub(crate) height: usize,
}

#[derive(Debug, Clone)]
pub(crate) enum Node {
    Number(f64),
    Text(String),
    Selector(Selector),
    /// A selector, and how many milliseconds it takes.
    Range(Selector, i64),
    Subquery(Box<Subquery>),
    Paren(Box<Expr>),
    Sign {
        minus: bool,
        of: Box<Expr>,
    },
    Binary(Box<Binary>),
    Aggregate(Box<Aggregate>),
    Call(Call),
}

#[derive(Debug, Clone)]
pub(crate) struct Selector {
    pub(crate) name: Option<String>,
    pub(crate) matchers: Vec<Written>,
    pub(crate) shift: Shift,
}

/// A matcher, and how it was written.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) matcher: Matcher,
    pub(crate) operator: &'static str,
    pub(crate) value: String,
}

/// From the time of evaluation to the time that is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Shift {
    /// Milliseconds into the past; 0 if none is written.
    pub(crate) offset: i64,
    pub(crate) at: Option<At>,
}

/// What `@` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// Milliseconds since the Unix epoch.
    Time(i64),
    /// The first evaluation of a range of them.
    Start,
    /// The last one.
    End,
}

#[derive(Debug, Clone)]
pub(crate) struct Subquery {
    pub(crate) of: Expr,
    /// Milliseconds.
    pub(crate) range: i64,
    /// Milliseconds, if it is written.
    pub(crate) step: Option<i64>,
    pub(crate) shift: Shift,
}

#[derive(Debug, Clone)]
pub(crate) struct Binary {
    pub(crate) left: Expr,
    pub(crate) operator: Operator,
    /// Where the operator stands.
    pub(crate) at: usize,
    pub(crate) bool: bool,
    pub(crate) matching: Option<Matching>,
    pub(crate) right: Expr,
}

/// `on (…)` or `ignoring (…)`, and what may follow.
#[derive(Debug, Clone)]
pub(crate) struct Matching {
    pub(crate) on: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) group: Option<Group>,
}

/// `group_left (…)` or `group_right (…)`.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Whether the left side is the one with many.
    pub(crate) left: bool,
    pub(crate) include: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    pub(crate) by: Aggregator,
    pub(crate) grouping: Option<Grouped>,
    pub(crate) parameter: Option<Expr>,
    pub(crate) of: Expr,
}

/// `by (…)` or `without (…)`.
#[derive(Debug, Clone)]
pub(crate) struct Grouped {
    pub(crate) without: bool,
    pub(crate) labels: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: Vec<Expr>,
}

impl Expr {
    /// Without the parentheses around it.
    pub(crate) fn bare(&self) -> &Self {
        match &self.node {
            Node::Paren(inner) => inner.bare(),
            _ => self,
        }
    }
}
