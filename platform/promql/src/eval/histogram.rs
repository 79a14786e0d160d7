//! `histogram_quantile` of classic histograms: counters with the label `le`.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::names::{Element, Elements, unique, unnamed};
use crate::Labels;
use crate::error::EvalError;
use crate::mutant::planted;

const BOUND: &str = "le";

#[derive(Debug, Clone, Copy)]
struct Bucket {
    bound: f64,
    count: f64,
}

pub(super) fn quantile(q: f64, vector: &[Element]) -> Result<Elements, EvalError> {
    let mut places: HashMap<Labels, usize> = HashMap::new();
    let mut all: Vec<(Labels, Vec<Bucket>)> = Vec::new();
    for (labels, count) in vector {
        let Some(bound) = bound(labels.get(BOUND)) else {
            continue;
        };
        let rest = labels.only(|name| name != BOUND);
        let place = *places.entry(rest).or_insert_with_key(|rest| {
            all.push((unnamed(rest), Vec::new()));
            all.len() - 1
        });
        if let Some((_, buckets)) = all.get_mut(place) {
            buckets.push(Bucket { bound, count: *count });
        }
    }
    let outcomes = all.into_iter().map(|(labels, buckets)| (labels, of(q, buckets)));
    unique(outcomes.collect())
}

/// As Go reads a float; a number that is too large is none.
fn bound(text: &str) -> Option<f64> {
    let bound: f64 = text.parse().ok()?;
    let named = text.to_ascii_lowercase().contains("inf");
    (!bound.is_infinite() || named).then_some(bound)
}

fn of(q: f64, mut buckets: Vec<Bucket>) -> f64 {
    if q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    buckets.sort_by(|a, b| a.bound.partial_cmp(&b.bound).unwrap_or(Ordering::Equal));
    if buckets.last().is_none_or(|last| last.bound != f64::INFINITY) {
        return f64::NAN;
    }
    merge(&mut buckets);
    if !planted("histogram_quantile takes counts that fall") {
        raise(&mut buckets);
    }
    let ([.., second, last], Some(first)) = (buckets.as_slice(), buckets.first()) else {
        return f64::NAN;
    };
    if last.count == 0.0 {
        return f64::NAN;
    }
    let mut rank = q * last.count;
    let place = search(buckets.len() - 1, |at| {
        buckets.get(at).is_some_and(|bucket| bucket.count >= rank)
    });
    if place == buckets.len() - 1 {
        return second.bound;
    }
    if place == 0 && first.bound <= 0.0 {
        return first.bound;
    }
    let Some(bucket) = buckets.get(place) else {
        return f64::NAN;
    };
    let mut start = 0.0;
    let mut count = bucket.count;
    if let Some(before) = place.checked_sub(1).and_then(|at| buckets.get(at)) {
        start = before.bound;
        count -= before.count;
        rank -= before.count;
    }
    if planted("histogram_quantile gives the bound above") {
        return bucket.bound;
    }
    start + (bucket.bound - start) * (rank / count)
}

/// Buckets of the same bound become one.
fn merge(buckets: &mut Vec<Bucket>) {
    buckets.dedup_by(|next, kept| {
        let same = next.bound.partial_cmp(&kept.bound) == Some(Ordering::Equal);
        if same {
            kept.count += next.count;
        }
        same
    });
}

/// Counts that fall, as when buckets were scraped at different times, are raised to the one before.
fn raise(buckets: &mut [Bucket]) {
    let mut most = buckets.first().map_or(f64::NAN, |bucket| bucket.count);
    for bucket in buckets.iter_mut().skip(1) {
        if bucket.count > most {
            most = bucket.count;
        } else if bucket.count < most {
            bucket.count = most;
        }
    }
}

/// The first place of `0..most` where it holds, by halving, else `most`. With NaN among the counts it need not
/// hold from there on, so the halves are those that Go takes.
fn search(most: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = usize::midpoint(low, high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
