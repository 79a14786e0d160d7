//! Elements by value.

use std::cmp::Ordering;

use super::names::Elements;
use crate::Labels;
use crate::mutant::planted;

/// NaN comes last in either direction; of equal values the order stays.
pub(super) fn order(all: &mut [(Labels, f64)], descending: bool) {
    all.sort_by(|(_, a), (_, b)| match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) if descending => b.partial_cmp(a).unwrap_or(Ordering::Equal),
        (false, false) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
    });
}

pub(super) fn sort(descending: bool, mut all: Elements) -> Elements {
    let fault = if descending {
        "sort_desc is sort"
    } else {
        "sort is sort_desc"
    };
    order(&mut all, descending != planted(fault));
    all
}
