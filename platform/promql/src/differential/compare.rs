//! Whether two answers are the same.

use std::collections::BTreeMap;

use super::answer::Answer;
use crate::{Labels, Sample, Series, Value};

/// How exactly numbers must agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exactness {
    /// To the bit.
    Bits,
    /// As numbers: which zero is the least of two depends on which comes first, and in a Go map either may.
    Value,
    /// Within 10⁻¹² of the number: Go computes powers, logarithms and angles by other polynomials than libm.
    Libm,
    /// Within 10⁻⁹ of the number, or of one: Prometheus adds in the order of a Go map, which differs every time.
    Order,
}

impl Exactness {
    fn same(self, a: f64, b: f64) -> bool {
        if a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()) {
            return true;
        }
        let size = a.abs().max(b.abs());
        match self {
            Self::Bits => false,
            Self::Value => a == b,
            Self::Libm => (a - b).abs() <= size * 1e-12,
            Self::Order => (a - b).abs() <= size.max(1.0) * 1e-9,
        }
    }
}

/// None if they are; else what differs. An order is compared if it means something: values must be in the same
/// order, equal ones may be exchanged.
pub(super) fn difference(
    ours: &Answer,
    theirs: &Answer,
    exactness: Exactness,
    ordered: bool,
) -> Option<String> {
    let told = || Some(format!("ours   {ours:?}\ntheirs {theirs:?}"));
    let (Answer::Is(a), Answer::Is(b)) = (ours, theirs) else {
        return if ours.is_value() == theirs.is_value() {
            None
        } else {
            told()
        };
    };
    let same = match (a, b) {
        (Value::Scalar(a), Value::Scalar(b)) => exactness.same(*a, *b),
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Vector(a), Value::Vector(b)) => {
            let in_order = a.iter().zip(b).all(|((_, a), (_, b))| exactness.same(*a, *b));
            (in_order || !ordered) && same_series(&of_vector(a), &of_vector(b), exactness)
        }
        (Value::Matrix(a), Value::Matrix(b)) => same_series(a, b, exactness),
        _ => false,
    };
    if same { None } else { told() }
}

fn of_vector(all: &[(Labels, f64)]) -> Vec<Series> {
    let series = |(labels, value): &(Labels, f64)| Series {
        labels: labels.clone(),
        samples: vec![Sample { at: 0, value: *value }],
    };
    all.iter().map(series).collect()
}

fn same_series(a: &[Series], b: &[Series], exactness: Exactness) -> bool {
    let by_labels = |all: &[Series]| -> BTreeMap<Labels, Vec<Sample>> {
        all.iter()
            .map(|series| (series.labels.clone(), series.samples.clone()))
            .collect()
    };
    let (left, right) = (by_labels(a), by_labels(b));
    // Labels that are there twice would hide one another.
    a.len() == b.len()
        && left.len() == a.len()
        && left.len() == right.len()
        && left.iter().zip(&right).all(|((a, of_a), (b, of_b))| {
            a == b
                && of_a.len() == of_b.len()
                && of_a
                    .iter()
                    .zip(of_b)
                    .all(|(a, b)| a.at == b.at && exactness.same(a.value, b.value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(values: &[(&str, f64)]) -> Answer {
        let all = values
            .iter()
            .map(|(name, value)| (Labels::new([("a", *name)]), *value));
        Answer::Is(Value::Vector(all.collect()))
    }

    #[test]
    fn what_differs_is_seen() {
        let one = vector(&[("x", 1.0), ("y", 2.0)]);
        let differs =
            |other: &Answer, exactness, ordered| difference(&one, other, exactness, ordered).is_some();
        assert!(!differs(&one, Exactness::Bits, true));
        assert!(!differs(
            &vector(&[("y", 2.0), ("x", 1.0)]),
            Exactness::Bits,
            false
        ));
        assert!(differs(&vector(&[("y", 2.0), ("x", 1.0)]), Exactness::Bits, true));
        assert!(differs(&vector(&[("x", 1.0)]), Exactness::Order, false));
        assert!(differs(
            &vector(&[("x", 1.0), ("z", 2.0)]),
            Exactness::Order,
            false
        ));
        assert!(differs(
            &vector(&[("x", 1.0), ("y", 2.000_000_000_1)]),
            Exactness::Libm,
            false
        ));
        assert!(!differs(
            &vector(&[("x", 1.0), ("y", 2.000_000_000_1)]),
            Exactness::Order,
            false
        ));
        assert!(differs(&Answer::Failed(String::new()), Exactness::Order, false));
        assert!(differs(
            &vector(&[("x", 1.0), ("y", -2.0)]),
            Exactness::Order,
            false
        ));
    }
}
