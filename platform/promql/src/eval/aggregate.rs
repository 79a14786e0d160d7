//! Many elements become one for each group, or the few of each group that stay.

use std::collections::HashMap;

use super::heap::Heap;
use super::names::Elements;
use super::over::count;
use super::quantile::quantile;
use super::run::{Run, Times};
use super::spread::{extreme, keeps_infinite};
use crate::Labels;
use crate::error::EvalError;
use crate::grouping::Grouping;
use crate::mutant::planted;
use crate::plan::node::{Aggregate, Parameter};
use crate::syntax::token::Aggregator;

impl Run<'_> {
    pub(super) fn aggregate(
        &self,
        aggregate: &Aggregate,
        at: i64,
        times: Times,
    ) -> Result<Elements, EvalError> {
        let parameter = match &aggregate.parameter {
            Parameter::Scalar(scalar) => self.scalar(scalar, at, times)?,
            Parameter::None | Parameter::Label(_) => 0.0,
        };
        let mut vector = self.vector(&aggregate.of, at, times)?;
        if let Parameter::Label(label) = &aggregate.parameter {
            for (labels, value) in &mut vector {
                *labels = labels.with(label, &written(*value));
            }
        }
        let by = aggregate.by;
        if matches!(by, Aggregator::TopK | Aggregator::BottomK) {
            return few(by, parameter, &aggregate.grouping, vector);
        }
        let groups = groups(&aggregate.grouping, vector);
        let outcomes = groups
            .into_iter()
            .map(|(labels, values)| (labels, of(by, parameter, values)));
        Ok(outcomes.collect())
    }
}

/// The values of each group, in the order of their first elements.
fn groups(grouping: &Grouping, vector: Elements) -> Vec<(Labels, Vec<f64>)> {
    let mut places = HashMap::new();
    let mut all: Vec<(Labels, Vec<f64>)> = Vec::new();
    for (labels, value) in &vector {
        let place = *places.entry(grouping.key(labels)).or_insert_with(|| {
            all.push((grouping.labels(labels), Vec::new()));
            all.len() - 1
        });
        if let Some((_, values)) = all.get_mut(place) {
            values.push(*value);
        }
    }
    all
}

fn of(by: Aggregator, parameter: f64, values: Vec<f64>) -> f64 {
    let all = values.iter().copied();
    match by {
        Aggregator::Sum if planted("sum leaves out the last") => all.take(values.len() - 1).sum(),
        // From the first on, not from zero: of minus zeros alone the sum is one.
        Aggregator::Sum => all.reduce(|sum, value| sum + value).unwrap_or(0.0),
        Aggregator::Avg if planted("avg is the sum") => all.sum(),
        Aggregator::Avg => mean(&values),
        Aggregator::Min if planted("min takes NaN") => all.reduce(smaller).unwrap_or(f64::NAN),
        Aggregator::Min => extreme(all, |value, least| value < least),
        Aggregator::Max if planted("max is the least") => extreme(all, |value, least| value < least),
        Aggregator::Max => extreme(all, |value, most| value > most),
        Aggregator::Count if planted("count leaves out NaN") => {
            count(all.filter(|value| !value.is_nan()).count())
        }
        Aggregator::Count => count(values.len()),
        Aggregator::CountValues if planted("count_values counts one each") => 1.0,
        Aggregator::CountValues => count(values.len()),
        Aggregator::Group if planted("group counts") => count(values.len()),
        Aggregator::Group => 1.0,
        Aggregator::Stddev if planted("stddev is of a sample") => {
            (variance(&values) * count(values.len()) / (count(values.len()) - 1.0)).sqrt()
        }
        Aggregator::Stddev => variance(&values).sqrt(),
        Aggregator::Stdvar if planted("stdvar is the deviation") => variance(&values).sqrt(),
        Aggregator::Stdvar => variance(&values),
        Aggregator::Quantile if planted("quantile is the median") => quantile(0.5, values),
        Aggregator::Quantile => quantile(parameter, values),
        // These keep elements, see `few`.
        Aggregator::TopK | Aggregator::BottomK => f64::NAN,
    }
}

fn smaller(a: f64, b: f64) -> f64 {
    if a.is_nan() || a < b { a } else { b }
}

fn mean(values: &[f64]) -> f64 {
    let mut mean = 0.0_f64;
    for (at, value) in values.iter().enumerate() {
        if at == 0 {
            mean = *value;
        } else if !(mean.is_infinite() && keeps_infinite(mean, *value)) {
            let n = count(at + 1);
            mean += value / n - mean / n;
        }
    }
    mean
}

/// Of the values themselves, by Welford's method.
fn variance(values: &[f64]) -> f64 {
    let mut mean = values.first().copied().unwrap_or(f64::NAN);
    let mut squares = 0.0;
    for (at, value) in values.iter().enumerate().skip(1) {
        let from_mean = value - mean;
        mean += from_mean / count(at + 1);
        squares += from_mean * (value - mean);
    }
    squares / count(values.len())
}

/// A value as `count_values` writes it.
fn written(value: f64) -> String {
    if planted("count_values rounds") {
        return format!("{}", value.round());
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    value.to_string()
}

/// The largest or the least of each group, with all of their labels.
fn few(by: Aggregator, most: f64, grouping: &Grouping, vector: Elements) -> Result<Elements, EvalError> {
    // The floats nearest to the bounds of 64 bits, within them.
    if !(-9_223_372_036_854_775_808.0..=9_223_372_036_854_774_784.0).contains(&most)
        && !planted("any number is a count")
    {
        return Err(EvalError::Count);
    }
    if most < 1.0 {
        return Ok(Vec::new());
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at least one; more than there are elements is as good as all"
    )]
    let most = most as usize;
    let top = (by == Aggregator::TopK)
        != planted(if by == Aggregator::TopK {
            "topk keeps the least"
        } else {
            "bottomk keeps the largest"
        });
    let mut places = HashMap::new();
    let mut heaps: Vec<Heap> = Vec::new();
    for element in &vector {
        let place = *places.entry(grouping.key(&element.0)).or_insert_with(|| {
            heaps.push(Heap::new(top));
            heaps.len() - 1
        });
        if let Some(heap) = heaps.get_mut(place) {
            heap.offer(element.clone(), most);
        }
    }
    Ok(heaps.into_iter().flat_map(Heap::sorted).collect())
}
