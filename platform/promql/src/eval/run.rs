//! One evaluation of a query: at a time, or at many.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::error::EvalError;
use crate::plan::lower::Plan;
use crate::plan::node::Root;
use crate::plan::slot::Slot;
use crate::query::{Kind, Value};
use crate::{Labels, Sample, Series, Source};

/// A range may have so many times: what the HTTP interface of Prometheus allows.
const MOST_TIMES: i64 = 11_000;

/// Times beyond the year 287,396 are taken for it, so that sums of times fit into 64 bits.
const LATEST: i64 = 9_000_000_000_000_000;

/// What one evaluation works on.
pub(crate) struct Run<'a> {
    pub(super) slots: &'a [Slot],
    pub(super) data: Vec<Data>,
    pub(super) times: Times,
    /// The values of subqueries, each evaluated once.
    pub(super) subqueries: RefCell<Vec<Option<Rc<Vec<Series>>>>>,
    /// Of a node that drops names, evaluated at many times: which series each outcome is of.
    pub(super) origins: RefCell<HashMap<(usize, Labels), Labels>>,
}

/// What was selected for a slot.
pub(super) enum Data {
    Last(Vec<(Labels, Sample)>),
    All(Vec<Series>),
}

/// The first and the last time at which a part of a query is evaluated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Times {
    pub(super) const fn many(self) -> bool {
        self.start != self.end
    }
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, source: &dyn Source, start: i64, end: i64) -> Self {
        let data = plan.slots.iter().map(|slot| {
            let (from, to) = slot.span(start, end);
            if start == end && slot.range.is_none() && slot.reach.steps == 0 {
                Data::Last(source.last(&slot.matchers, from, to))
            } else {
                Data::All(source.select(&slot.matchers, from, to))
            }
        });
        Self {
            slots: &plan.slots,
            data: data.collect(),
            times: Times { start, end },
            subqueries: RefCell::new(vec![None; plan.subqueries]),
            origins: RefCell::new(HashMap::new()),
        }
    }
}

pub(crate) fn instant(plan: &Plan, source: &dyn Source, at: i64) -> Result<Value, EvalError> {
    let at = at.clamp(-LATEST, LATEST);
    let run = Run::new(plan, source, at, at);
    Ok(match &plan.root {
        Root::Text(text) => Value::Text(text.to_string()),
        Root::Scalar(scalar) => Value::Scalar(run.scalar(scalar, at, run.times)?),
        Root::Vector(vector) => Value::Vector(run.vector(vector, at, run.times)?),
        Root::Matrix(window) => {
            let mut all = Vec::new();
            run.windows(window, at, run.times, &mut |labels, points| {
                all.push(Series {
                    labels: labels.clone(),
                    samples: points.to_vec(),
                });
            })?;
            Value::Matrix(all)
        }
    })
}

pub(crate) fn range(
    plan: &Plan,
    source: &dyn Source,
    start: i64,
    end: i64,
    step: i64,
) -> Result<Vec<Series>, EvalError> {
    match &plan.root {
        Root::Text(_) => return Err(EvalError::NotForRange(Kind::String)),
        Root::Matrix(_) => return Err(EvalError::NotForRange(Kind::Matrix)),
        Root::Scalar(_) | Root::Vector(_) => {}
    }
    let (start, end) = (start.clamp(-LATEST, LATEST), end.clamp(-LATEST, LATEST));
    if step <= 0 || (end - start) / step >= MOST_TIMES {
        return Err(EvalError::Steps { most: MOST_TIMES });
    }
    let run = Run::new(plan, source, start, end);
    let mut all = Gathered::default();
    let mut at = start;
    while at <= end {
        match &plan.root {
            Root::Scalar(scalar) => {
                let value = run.scalar(scalar, at, run.times)?;
                all.add(at, vec![(Labels::none(), value)]);
            }
            Root::Vector(vector) => all.add(at, run.vector(vector, at, run.times)?),
            Root::Text(_) | Root::Matrix(_) => {}
        }
        at += step;
    }
    let mut all = all.series;
    all.sort_by(|a, b| a.labels.cmp(&b.labels));
    Ok(all)
}

/// Vectors of one time after the other, as series.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) series: Vec<Series>,
    places: HashMap<Labels, usize>,
}

impl Gathered {
    pub(super) fn add(&mut self, at: i64, vector: Vec<(Labels, f64)>) {
        for (labels, value) in vector {
            let next = self.series.len();
            let place = *self.places.entry(labels).or_insert_with_key(|labels| {
                self.series.push(Series {
                    labels: labels.clone(),
                    samples: Vec::new(),
                });
                next
            });
            if let Some(series) = self.series.get_mut(place) {
                series.samples.push(Sample { at, value });
            }
        }
    }
}
