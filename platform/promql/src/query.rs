//! A query that has been read: what can be asked of it.

use std::fmt;
use std::sync::Arc;

use crate::error::EvalError;
use crate::eval::run;
use crate::plan::lower::{Plan, lower};
use crate::plan::node::Root;
use crate::rejected::Rejected;
use crate::syntax::parse;
use crate::{Labels, Matcher, Series, Source};

/// A query of the declared subset. Cheap to clone.
#[derive(Clone)]
pub struct Query {
    text: Arc<str>,
    plan: Arc<Plan>,
}

/// What a query gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Scalar,
    /// A text.
    String,
    /// Labels with a number each.
    Vector,
    /// Labels with samples each.
    Matrix,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
            Self::String => "string",
            Self::Vector => "vector",
            Self::Matrix => "range of a vector",
        })
    }
}

/// What a query gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number.
    Scalar(f64),
    /// A text.
    Text(String),
    /// Labels with a number each; no labels twice. The order counts after `sort`, `sort_desc`, `topk` and
    /// `bottomk`.
    Vector(Vec<(Labels, f64)>),
    /// Labels with samples each; no labels twice.
    Matrix(Vec<Series>),
}

/// A selector of a query, and how far it looks back.
#[derive(Debug, Clone)]
pub struct Selected {
    /// Its matchers, its name's among them.
    pub matchers: Vec<Matcher>,
    /// How many milliseconds before the time of evaluation the oldest sample that it needs may lie: lookback or
    /// range, offsets, and what the subqueries around it add. Of a selector with `@`, before the time that that
    /// names.
    pub span: i64,
    /// The time that its `@` names, in milliseconds since the Unix epoch.
    pub at: Option<i64>,
}

/// Reads a query, checks its types, and refuses whatever is not part of the declared subset.
///
/// # Errors
/// With the place and the reason.
pub fn parse(text: &str) -> Result<Query, Rejected> {
    let read = || {
        let tree = parse::parse(text)?;
        let plan = lower(&tree)?;
        Ok((tree, plan))
    };
    let (tree, plan) = read().map_err(|fault: crate::rejected::Fault| fault.within(text))?;
    Ok(Query {
        text: tree.to_string().into(),
        plan: Arc::new(plan),
    })
}

impl Query {
    /// What it gives.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.plan.root {
            Root::Scalar(_) => Kind::Scalar,
            Root::Text(_) => Kind::String,
            Root::Vector(_) => Kind::Vector,
            Root::Matrix(_) => Kind::Matrix,
        }
    }

    /// Its value at a time, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// Where the data do not allow what the query asks, as two series that it would have to tell apart by nothing.
    pub fn instant(&self, source: &dyn Source, at: i64) -> Result<Value, EvalError> {
        run::instant(&self.plan, source, at)
    }

    /// Its values at `start`, and every `step` after it up to `end`, all in milliseconds; the series are sorted by
    /// their labels. A scalar is a series without labels.
    ///
    /// # Errors
    /// As [`Query::instant`]; a query that gives a text or a matrix; a step that is not positive; too many steps.
    pub fn range(
        &self,
        source: &dyn Source,
        start: i64,
        end: i64,
        step: i64,
    ) -> Result<Vec<Series>, EvalError> {
        run::range(&self.plan, source, start, end, step)
    }

    /// Every selector in it, in the order in which they are written.
    #[must_use]
    pub fn selectors(&self) -> Vec<Selected> {
        let selected = |slot: &crate::plan::slot::Slot| {
            let (from, _) = slot.span(0, 0);
            let named = slot.shift.at.or(slot.reach.at);
            let base = named.map_or(0, |at| at.time(0, 0));
            Selected {
                matchers: slot.matchers.clone(),
                span: base - from,
                at: match named {
                    Some(crate::syntax::tree::At::Time(time)) => Some(time),
                    _ => None,
                },
            }
        };
        self.plan.slots.iter().map(selected).collect()
    }
}

/// The normalised text.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({})", self.text)
    }
}
