//! Sums, means and variances of samples, and how often they change.

use super::kahan::Sum;
use super::over::count;
use crate::Sample;
use crate::mutant::planted;

pub(super) fn sum(points: &[Sample]) -> f64 {
    let mut sum = Sum::default();
    for sample in points
        .iter()
        .skip(usize::from(planted("sum_over_time leaves out the first")))
    {
        sum.add(sample.value);
    }
    if sum.sum.is_infinite() {
        sum.sum
    } else {
        sum.total()
    }
}

/// Grown value by value, so that no sum of large ones overflows.
pub(super) fn mean(points: &[Sample]) -> f64 {
    if planted("avg_over_time is of the ends") {
        let ends = points.first().zip(points.last());
        return ends.map_or(f64::NAN, |(first, last)| f64::midpoint(first.value, last.value));
    }
    let mut mean = Sum::default();
    for (at, sample) in points.iter().enumerate() {
        if mean.sum.is_infinite() && keeps_infinite(mean.sum, sample.value) {
            continue;
        }
        let n = count(at + 1);
        mean.add(sample.value / n - mean.sum / n);
    }
    if mean.sum.is_infinite() {
        mean.sum
    } else {
        mean.total()
    }
}

/// An infinite mean stays, unless NaN or the other infinity comes.
pub(super) fn keeps_infinite(mean: f64, value: f64) -> bool {
    if value.is_infinite() {
        (mean > 0.0) == (value > 0.0)
    } else {
        !value.is_nan()
    }
}

/// Of the samples themselves, by Welford's method.
pub(super) fn variance(points: &[Sample]) -> f64 {
    let mut mean = Sum::default();
    let mut squares = Sum::default();
    for (at, sample) in points.iter().enumerate() {
        let from_mean = sample.value - mean.total();
        mean.add(from_mean / count(at + 1));
        squares.add(from_mean * (sample.value - mean.total()));
    }
    squares.total() / count(points.len())
}

/// The one that beats all others; NaN is beaten by all.
pub(super) fn extreme(values: impl Iterator<Item = f64>, beats: impl Fn(f64, f64) -> bool) -> f64 {
    let better = |best: f64, value: f64| {
        if best.is_nan() || beats(value, best) {
            value
        } else {
            best
        }
    };
    values.reduce(better).unwrap_or(f64::NAN)
}

pub(super) fn changes(points: &[Sample]) -> f64 {
    let nan = planted("changes counts NaN after NaN");
    of_pairs(points, |before, after| {
        before != after && (nan || !(before.is_nan() && after.is_nan()))
    })
}

pub(super) fn resets(points: &[Sample]) -> f64 {
    let rises = planted("resets counts what rises");
    of_pairs(
        points,
        |before, after| if rises { after > before } else { after < before },
    )
}

fn of_pairs(points: &[Sample], counts: impl Fn(f64, f64) -> bool) -> f64 {
    let counted = points.windows(2).filter(|pair| match pair {
        [before, after] => counts(before.value, after.value),
        _ => false,
    });
    count(counted.count())
}
