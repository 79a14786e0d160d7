//! What an operator makes of two numbers.

use crate::mutant::planted;
use crate::plan::node::Operation;
use crate::syntax::operator::{Arithmetic, Comparison};

/// None if a comparison filters it out.
pub(super) fn compute(operation: Operation, left: f64, right: f64) -> Option<f64> {
    match operation {
        Operation::Arithmetic(arithmetic) => Some(arithmetic.of(left, right)),
        Operation::Comparison(comparison, bool) => {
            let holds = comparison.holds(left, right);
            if bool && !planted("bool filters") {
                Some(f64::from(u8::from(holds)))
            } else {
                holds.then_some(if planted("a comparison gives its right side") {
                    right
                } else {
                    left
                })
            }
        }
    }
}

impl Operation {
    /// Whether its outcome is no longer the metric, so that the name goes. That `atan2` keeps it is how 2.42 is.
    pub(super) fn drops_names(self) -> bool {
        match self {
            Self::Arithmetic(arithmetic) => arithmetic != Arithmetic::Atan2,
            Self::Comparison(_, bool) => bool && !planted("bool keeps the name"),
        }
    }
}

impl Arithmetic {
    fn of(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add if planted("+ subtracts") => left - right,
            Self::Add => left + right,
            Self::Subtract if planted("- is the other way round") => right - left,
            Self::Subtract => left - right,
            Self::Multiply if planted("* divides") => left / right,
            Self::Multiply => left * right,
            Self::Divide if planted("/ is of whole numbers") => (left / right).trunc(),
            Self::Divide => left / right,
            Self::Modulo if planted("% is never negative") => left.rem_euclid(right),
            Self::Modulo => left % right,
            Self::Power if planted("^ is the other way round") => right.powf(left),
            Self::Power => left.powf(right),
            Self::Atan2 if planted("atan2 knows no quadrant") => (left / right).atan(),
            Self::Atan2 => left.atan2(right),
        }
    }
}

impl Comparison {
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal if planted("== is !=") => left != right,
            Self::Equal => left == right,
            Self::NotEqual if planted("!= is false for NaN") => (left - right).abs() > 0.0,
            Self::NotEqual => left != right,
            Self::Less if planted("< is <=") => left <= right,
            Self::Less => left < right,
            Self::LessOrEqual if planted("<= is <") => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater if planted("> is >=") => left >= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual if planted(">= is >") => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}
