//! One evaluation of a query: at a time, or at many.

use std::cell::{Cell, RefCell};
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

/// A query may hold so many samples: 320 MB of them. All that is kept of 5,000 series for three days is 13 million,
/// and whoever asks for more would take the memory of the watcher that answers.
const MOST_SAMPLES: usize = 20_000_000;

/// What one evaluation works on.
pub(crate) struct Run<'a> {
    pub(super) slots: &'a [Slot],
    pub(super) data: Vec<Data>,
    /// How many samples it may come to hold, and how many it does.
    most: usize,
    held: Cell<usize>,
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
    fn new(
        plan: &'a Plan,
        source: &dyn Source,
        (start, end): (i64, i64),
        most: usize,
    ) -> Result<Self, EvalError> {
        let mut run = Self {
            slots: &plan.slots,
            data: Vec::with_capacity(plan.slots.len()),
            most,
            held: Cell::new(0),
            times: Times { start, end },
            subqueries: RefCell::new(vec![None; plan.subqueries]),
            origins: RefCell::new(HashMap::new()),
        };
        for slot in &plan.slots {
            let (from, to) = slot.span(start, end);
            let data = if start == end && slot.range.is_none() && slot.reach.steps == 0 {
                Data::Last(source.last(&slot.matchers, from, to))
            } else {
                Data::All(source.select(&slot.matchers, from, to))
            };
            run.hold(match &data {
                Data::Last(all) => all.len(),
                Data::All(all) => all.iter().map(|series| series.samples.len()).sum(),
            })?;
            run.data.push(data);
        }
        Ok(run)
    }

    /// Before so many samples more are kept until the end of the evaluation.
    pub(super) fn hold(&self, samples: usize) -> Result<(), EvalError> {
        let held = self.held.get().saturating_add(samples);
        if held > self.most {
            return Err(EvalError::Samples { most: self.most });
        }
        self.held.set(held);
        Ok(())
    }
}

pub(crate) fn instant(plan: &Plan, source: &dyn Source, at: i64) -> Result<Value, EvalError> {
    let at = at.clamp(-LATEST, LATEST);
    let run = Run::new(plan, source, (at, at), MOST_SAMPLES)?;
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
    let run = Run::new(plan, source, (start, end), MOST_SAMPLES)?;
    let mut all = Gathered::default();
    let mut at = start;
    while at <= end {
        match &plan.root {
            Root::Scalar(scalar) => {
                let value = run.scalar(scalar, at, run.times)?;
                all.add(at, vec![(Labels::none(), value)]);
            }
            Root::Vector(vector) => {
                let vector = run.vector(vector, at, run.times)?;
                run.hold(vector.len())?;
                all.add(at, vector);
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NAME;
    use crate::plan::lower::lower;
    use crate::syntax::parse::parse;

    /// Ten series of ten samples, one a second.
    fn source() -> Vec<Series> {
        let series = |each: i32| Series {
            labels: Labels::new([(NAME, "a".to_owned()), ("i", each.to_string())]),
            samples: (0..10)
                .map(|at| Sample {
                    at: at * 1_000,
                    value: 1.0,
                })
                .collect(),
        };
        (0..10).map(series).collect()
    }

    #[test]
    fn what_is_selected_and_what_a_subquery_makes_of_it_is_bounded() {
        for (text, samples) in [
            ("a", 10),
            ("count_over_time(a[1m])", 100),
            ("count_over_time(a[1m]) + count_over_time(a[1m])", 200),
            // The hundred that are selected, and those of the ten steps at which they are there.
            ("count_over_time(a[1m:1s])", 200),
            ("count_over_time(sum(a)[1m:1s])", 110),
        ] {
            let plan = lower(&parse(text).unwrap()).unwrap();
            let evaluate = |most| {
                let run = Run::new(&plan, &source(), (9_000, 9_000), most)?;
                let Root::Vector(vector) = &plan.root else {
                    panic!("{text} gives no vector")
                };
                run.vector(vector, 9_000, run.times).map(|found| found.is_empty())
            };
            assert_eq!(evaluate(samples), Ok(false), "{text}");
            let most = samples - 1;
            assert_eq!(evaluate(most), Err(EvalError::Samples { most }), "{text}");
        }
    }
}
