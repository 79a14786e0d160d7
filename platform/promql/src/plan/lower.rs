//! Checks types, and lowers the tree to a plan.

use std::sync::Arc;

use super::node::{Root, Scalar, Subquery, Vector, Window};
use super::slot::{Reach, Slot};
use crate::mutant::planted;
use crate::query::Kind;
use crate::rejected::Fault;
use crate::syntax::tree::{self, Expr, Node, Selector};
use crate::{Matcher, NAME};

/// The step of a subquery that names none, in milliseconds: the default evaluation interval of Prometheus.
pub(crate) const DEFAULT_STEP: i64 = 60 * 1000;

/// A query may evaluate a part of itself so often: a month of minutes is 43,200, and no rule looks at more.
const MOST_STEPS: i64 = 50_000;

/// What lowering gives.
pub(super) enum Lowered {
    Scalar(Scalar),
    Text(String),
    Vector(Vector),
    Matrix(Window),
}

impl Lowered {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Scalar(_) => Kind::Scalar,
            Self::Text(_) => Kind::String,
            Self::Vector(_) => Kind::Vector,
            Self::Matrix(_) => Kind::Matrix,
        }
    }
}

/// A plan, its selectors, and how many of its nodes and subqueries are numbered.
pub(crate) struct Plan {
    pub(crate) root: Root,
    pub(crate) slots: Vec<Slot>,
    pub(crate) subqueries: usize,
}

pub(crate) fn lower(expr: &Expr) -> Result<Plan, Fault> {
    let mut lowering = Lowering {
        slots: Vec::new(),
        ids: 0,
        subqueries: 0,
        reach: Reach::default(),
    };
    let root = match lowering.any(expr)? {
        Lowered::Scalar(scalar) => Root::Scalar(scalar),
        Lowered::Text(text) => Root::Text(text.into()),
        Lowered::Vector(vector) => Root::Vector(vector),
        Lowered::Matrix(window) => Root::Matrix(window),
    };
    Ok(Plan {
        root,
        slots: lowering.slots,
        subqueries: lowering.subqueries,
    })
}

pub(super) struct Lowering {
    slots: Vec<Slot>,
    ids: usize,
    subqueries: usize,
    reach: Reach,
}

impl Lowering {
    pub(super) fn id(&mut self) -> usize {
        self.ids += 1;
        self.ids
    }

    pub(super) fn any(&mut self, expr: &Expr) -> Result<Lowered, Fault> {
        Ok(match &expr.node {
            Node::Number(value) => Lowered::Scalar(Scalar::Number(*value)),
            Node::Text(text) => Lowered::Text(text.clone()),
            Node::Selector(selector) => {
                Lowered::Vector(Vector::Select(self.slot(expr.from, selector, None)?))
            }
            Node::Range(selector, range) => Lowered::Matrix(Window::Stored {
                slot: self.slot(expr.from, selector, Some(*range))?,
                range: *range,
            }),
            Node::Subquery(subquery) => {
                Lowered::Matrix(Window::Subquery(Box::new(self.subquery(expr.from, subquery)?)))
            }
            Node::Paren(inner) => self.any(inner)?,
            Node::Sign { minus, of } => self.signed(expr.from, *minus, of)?,
            Node::Binary(binary) => self.binary(expr.from, binary)?,
            Node::Aggregate(aggregate) => {
                Lowered::Vector(Vector::Aggregate(Box::new(self.aggregate(expr.from, aggregate)?)))
            }
            Node::Call(call) => self.call(expr.from, call)?,
        })
    }

    /// The number of a selector.
    pub(super) fn slot(
        &mut self,
        from: usize,
        selector: &Selector,
        range: Option<i64>,
    ) -> Result<usize, Fault> {
        let mut matchers: Vec<Matcher> = selector
            .matchers
            .iter()
            .map(|each| each.matcher.clone())
            .collect();
        if let Some(name) = &selector.name {
            if matchers.iter().any(|each| each.name == NAME) {
                return Err(Fault::new(from, "the metric's name is given twice"));
            }
            matchers.insert(0, Matcher::equal(NAME, name));
        } else if matchers.iter().all(|each| each.accepts("")) {
            return Err(Fault::new(
                from,
                "this selects every series; name a metric, or demand of one label that it is not empty",
            ));
        }
        self.slots.push(Slot {
            matchers,
            shift: selector.shift,
            range,
            reach: self.reach,
        });
        Ok(self.slots.len() - 1)
    }

    fn subquery(&mut self, from: usize, subquery: &tree::Subquery) -> Result<Subquery, Fault> {
        let default = if planted("the default step is thirty seconds") {
            30_000
        } else {
            DEFAULT_STEP
        };
        let step = subquery.step.unwrap_or(default);
        let steps = subquery.range / step + 1;
        let outer = self.reach;
        self.reach = outer.within(subquery.range, subquery.shift, steps);
        if self.reach.steps > MOST_STEPS {
            return Err(Fault::new(
                from,
                format!(
                    "a subquery of more than {MOST_STEPS} steps; record its inner part, or take longer steps"
                ),
            ));
        }
        let of = self.any(&subquery.of)?;
        self.reach = outer;
        let Lowered::Vector(of) = of else {
            return Err(Fault::new(
                from,
                format!("a subquery is of a vector, not of a {}", of.kind()),
            ));
        };
        self.subqueries += 1;
        Ok(Subquery {
            id: self.subqueries - 1,
            of,
            range: subquery.range,
            step,
            shift: subquery.shift,
        })
    }

    fn signed(&mut self, from: usize, minus: bool, of: &Expr) -> Result<Lowered, Fault> {
        let minus = minus || planted("a plus is a minus");
        Ok(match self.any(of)? {
            Lowered::Scalar(of) if minus => Lowered::Scalar(Scalar::Negate(Box::new(of))),
            Lowered::Vector(of) if minus => Lowered::Vector(Vector::Negate {
                id: self.id(),
                of: Box::new(of),
            }),
            unchanged @ (Lowered::Scalar(_) | Lowered::Vector(_)) => unchanged,
            other => {
                let kind = other.kind();
                return Err(Fault::new(
                    from,
                    format!("a sign belongs to a scalar or a vector, not to a {kind}"),
                ));
            }
        })
    }

    pub(super) fn scalar(&mut self, expr: &Expr) -> Result<Scalar, Fault> {
        match self.any(expr)? {
            Lowered::Scalar(scalar) => Ok(scalar),
            other => Err(mistyped(expr, Kind::Scalar, other.kind())),
        }
    }

    pub(super) fn text(&mut self, expr: &Expr) -> Result<String, Fault> {
        match self.any(expr)? {
            Lowered::Text(text) => Ok(text),
            other => Err(mistyped(expr, Kind::String, other.kind())),
        }
    }

    pub(super) fn vector(&mut self, expr: &Expr) -> Result<Vector, Fault> {
        match self.any(expr)? {
            Lowered::Vector(vector) => Ok(vector),
            other => Err(mistyped(expr, Kind::Vector, other.kind())),
        }
    }

    pub(super) fn window(&mut self, expr: &Expr) -> Result<Window, Fault> {
        match self.any(expr)? {
            Lowered::Matrix(window) => Ok(window),
            other => Err(mistyped(expr, Kind::Matrix, other.kind())),
        }
    }
}

fn mistyped(expr: &Expr, wanted: Kind, given: Kind) -> Fault {
    Fault::new(expr.from, format!("expected a {wanted}, this is a {given}"))
}

/// So that no file but this knows how names are kept.
pub(super) fn names(all: &[String]) -> Vec<Arc<str>> {
    all.iter().map(|each| Arc::from(each.as_str())).collect()
}
