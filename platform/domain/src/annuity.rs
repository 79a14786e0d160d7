//! The level payment of an equal-instalment loan, in integer arithmetic.
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

use crate::accrual::CARRY_UNITS_PER_FEN;
use crate::money::{Money, Rounding, divide};
use crate::rate::Rate;

/// Fixed point with 18 decimals: the sum of 120 discount factors times 63 bits
/// of money stays below 2¹²⁷, and the error is far below one fen.
const SCALE: i128 = 1_000_000_000_000_000_000;

/// The payment that repays the principal over periods of these actual days,
/// rounded to the nearest fen; `None` where it does not fit.
///
/// It is the principal divided by the sum of the periods' discount factors,
/// each `1 / (1 + rate × days / 360)` times the one before.
#[must_use]
pub fn level_payment(principal: Money, rate: Rate, days: &[i64]) -> Option<Money> {
    let unit = i128::from(CARRY_UNITS_PER_FEN);
    let mut factor = SCALE;
    let mut sum: i128 = 0;
    for period in days {
        let growth = unit.checked_add(i128::from(rate.as_ppm()).checked_mul(i128::from(*period))?)?;
        factor = factor.checked_mul(unit)?.checked_div(growth)?;
        sum = sum.checked_add(factor)?;
    }
    divide(
        i128::from(principal.as_fen()).checked_mul(SCALE)?,
        sum,
        Rounding::HalfEven,
    )
}
