//! The quantile of values.

use std::cmp::Ordering;

use crate::mutant::planted;

/// Of any number of values, NaN counting as the least; between two of them it is weighted.
pub(super) fn quantile(q: f64, mut values: Vec<f64>) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    values.sort_by(|a, b| match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
    });
    let last = (values.len() - 1) as f64;
    let rank = q * last;
    let below = rank.floor();
    let above = (below + 1.0).min(last);
    let weight = if planted("a quantile is the value below") {
        0.0
    } else {
        rank - below
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole numbers from zero to the last place"
    )]
    let at = |place: f64| values.get(place as usize).copied().unwrap_or(f64::NAN);
    at(below) * (1.0 - weight) + at(above) * weight
}
