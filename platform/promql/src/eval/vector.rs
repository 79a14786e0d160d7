//! Which rule evaluates what.

use super::arithmetic::compute;
use super::map::{map, seconds};
use super::names::{Elements, drop_names};
use super::run::{Run, Times};
use super::{date, histogram, relabel, sort};
use crate::Labels;
use crate::error::EvalError;
use crate::mutant::planted;
use crate::plan::node::{Operation, OverWindow, Scalar, Vector, WithScalar};

impl Run<'_> {
    pub(super) fn scalar(&self, scalar: &Scalar, at: i64, times: Times) -> Result<f64, EvalError> {
        Ok(match scalar {
            Scalar::Number(value) if planted("a number is without its fraction") => value.trunc(),
            Scalar::Number(value) => *value,
            Scalar::Time if planted("time is in milliseconds") => seconds(at) * 1000.0,
            Scalar::Time => seconds(at),
            Scalar::Of(vector) => match self.vector(vector, at, times)?.as_slice() {
                [(_, value)] => *value,
                [(_, value), ..] if planted("scalar takes the first of many") => *value,
                _ => f64::NAN,
            },
            Scalar::Negate(of) if planted("a minus does nothing") => self.scalar(of, at, times)?,
            Scalar::Negate(of) => -self.scalar(of, at, times)?,
            Scalar::Binary(operation, sides) => {
                let left = self.scalar(&sides.0, at, times)?;
                let right = self.scalar(&sides.1, at, times)?;
                // A comparison of scalars always has bool, so there always is a value.
                compute(*operation, left, right).unwrap_or(f64::NAN)
            }
        })
    }

    pub(super) fn vector(&self, vector: &Vector, at: i64, times: Times) -> Result<Elements, EvalError> {
        match vector {
            Vector::Select(slot) => {
                let all = self.latest(*slot, at).into_iter();
                Ok(all.map(|(labels, sample)| (labels, sample.value)).collect())
            }
            Vector::Timestamp(slot) => {
                let time = |taken| {
                    seconds(if planted("timestamp is the time of evaluation") {
                        at
                    } else {
                        taken
                    })
                };
                let all = self.latest(*slot, at).into_iter();
                drop_names(all.map(|(labels, sample)| (labels, time(sample.at))).collect())
            }
            Vector::Now(of) => {
                let mut all = self.vector(of, at, times)?;
                all.iter_mut().for_each(|(_, value)| *value = seconds(at));
                drop_names(all)
            }
            Vector::Constant(scalar) => {
                let value = self.scalar(scalar, at, times)?;
                Ok(vec![(
                    Labels::none(),
                    if planted("vector gives one") { 1.0 } else { value },
                )])
            }
            Vector::Negate { id, of } => {
                let mut all = self.vector(of, at, times)?;
                if !planted("a minus does nothing") {
                    all.iter_mut().for_each(|(_, value)| *value = -*value);
                }
                self.drop_names_of(*id, all, times)
            }
            Vector::WithScalar(with) => self.with_scalar(with, at, times),
            Vector::Matched(matched) => self.matched(matched, at, times),
            Vector::Set(set) => self.set(set, at, times),
            Vector::Aggregate(aggregate) => self.aggregate(aggregate, at, times),
            Vector::Map(of) => {
                let vector = self.vector(&of.of, at, times)?;
                let parameters: Result<Vec<f64>, _> = of
                    .parameters
                    .iter()
                    .map(|each| self.scalar(each, at, times))
                    .collect();
                drop_names(map(of.map, vector, &parameters?))
            }
            Vector::Date(part, None) => Ok(vec![(Labels::none(), date::part(*part, at / 1000))]),
            Vector::Date(part, Some(of)) => {
                let mut all = self.vector(of, at, times)?;
                all.iter_mut()
                    .for_each(|(_, value)| *value = date::part(*part, date::whole(*value)));
                drop_names(all)
            }
            Vector::Over(over) => self.over(over, at, times),
            Vector::Absent(of) => {
                let there = !self.vector(&of.0, at, times)?.is_empty();
                Ok(absence(there, &of.1, "absent has no labels"))
            }
            Vector::AbsentOver(of) => {
                let mut there = false;
                self.windows(&of.0, at, times, &mut |_, _| there = true)?;
                Ok(absence(there, &of.1, "absent_over_time has no labels"))
            }
            Vector::HistogramQuantile(of) => {
                let q = self.scalar(&of.0, at, times)?;
                histogram::quantile(q, &self.vector(&of.1, at, times)?)
            }
            Vector::Replace(replace) => relabel::replace(replace, self.vector(&replace.of, at, times)?),
            Vector::Join(join) => relabel::join(join, self.vector(&join.of, at, times)?),
            Vector::Sort { descending, of } => Ok(sort::sort(*descending, self.vector(of, at, times)?)),
        }
    }

    fn with_scalar(&self, with: &WithScalar, at: i64, times: Times) -> Result<Elements, EvalError> {
        let vector = self.vector(&with.vector, at, times)?;
        let scalar = self.scalar(&with.scalar, at, times)?;
        let swapped = with.swapped && !planted("a scalar on the left is one on the right");
        let filters = matches!(with.operation, Operation::Comparison(_, false));
        let mut out = Vec::with_capacity(vector.len());
        for (labels, value) in vector {
            let (left, right) = if swapped { (scalar, value) } else { (value, scalar) };
            if let Some(outcome) = compute(with.operation, left, right) {
                // Of a comparison that only filters, the vector's own value stays, wherever it stands.
                out.push((labels, if filters { value } else { outcome }));
            }
        }
        if with.operation.drops_names() {
            drop_names(out)
        } else {
            Ok(out)
        }
    }

    fn over(&self, over: &OverWindow, at: i64, times: Times) -> Result<Elements, EvalError> {
        let parameter = match &over.parameter {
            Some(scalar) => self.scalar(scalar, at, times)?,
            None => 0.0,
        };
        let bounds = self.bounds(&over.window, at);
        let mut out = Vec::new();
        self.windows(&over.window, at, times, &mut |labels, points| {
            if let Some(value) = over.over.of(points, bounds, at, parameter) {
                out.push((labels.clone(), value));
            }
        })?;
        if over.over.keeps_names() {
            return Ok(out);
        }
        self.drop_names_of(over.id, out, times)
    }
}

fn absence(there: bool, labels: &Labels, fault: &str) -> Elements {
    if there {
        return Vec::new();
    }
    let labels = if planted(fault) {
        Labels::none()
    } else {
        labels.clone()
    };
    vec![(labels, 1.0)]
}
