//! How fast a counter or a gauge moves.

use super::map::seconds;
use super::over::count;
use super::window::Bounds;
use crate::Sample;
use crate::mutant::planted;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of a counter, for each second.
    Rate,
    /// Of a counter, for the whole span.
    Increase,
    /// Of a gauge, for the whole span.
    Delta,
}

/// What the samples moved by, extended to the span's ends where the samples come close enough to them: up to 1.1
/// times their mean distance, else half of it; a counter not to below zero.
pub(super) fn extrapolated(points: &[Sample], bounds: Bounds, kind: Kind) -> Option<f64> {
    let [first, .., last] = points else {
        return None;
    };
    let counter = kind != Kind::Delta;
    let mut moved = last.value - first.value;
    let resets = match kind {
        Kind::Rate => !planted("rate knows no resets"),
        Kind::Increase => !planted("increase knows no resets"),
        Kind::Delta => planted("delta knows resets"),
    };
    if resets {
        for pair in points.windows(2) {
            if let [before, after] = pair
                && after.value < before.value
            {
                moved += before.value;
            }
        }
    }
    let mut to_start = seconds(first.at - bounds.from);
    let to_end = seconds(bounds.to - last.at);
    let sampled = seconds(last.at - first.at);
    let distance = sampled / count(points.len() - 1);
    if counter && moved > 0.0 && first.value >= 0.0 && !planted("a counter may have been below zero") {
        let to_zero = sampled * (first.value / moved);
        if to_zero < to_start {
            to_start = to_zero;
        }
    }
    let near = distance * 1.1;
    let reach = |gap: f64| if gap < near { gap } else { distance / 2.0 };
    let extended = if planted("a rate is not extended") {
        sampled
    } else {
        sampled + reach(to_start) + reach(to_end)
    };
    let mut factor = extended / sampled;
    if kind == Kind::Rate {
        factor /= whole_seconds(bounds.to - bounds.from);
    }
    Some(moved * factor)
}

/// As Go has the seconds of a duration: whole ones, and the rest.
fn whole_seconds(milliseconds: i64) -> f64 {
    let (whole, rest) = (
        (milliseconds / 1000) as f64,
        (milliseconds % 1000 * 1_000_000) as f64,
    );
    whole + rest / 1e9
}

/// Between the last two samples; of a counter for each second.
pub(super) fn newest(points: &[Sample], counter: bool) -> Option<f64> {
    let [.., before, last] = points else {
        return None;
    };
    let reset = counter && last.value < before.value && !planted("irate knows no resets");
    let moved = if reset {
        last.value
    } else {
        last.value - before.value
    };
    let apart = last.at - before.at;
    if apart == 0 {
        return None;
    }
    if counter {
        return Some(moved / seconds(apart));
    }
    Some(if planted("idelta is for each second") {
        moved / seconds(apart)
    } else {
        moved
    })
}
