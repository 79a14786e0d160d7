//! Daily accrual that loses no fraction of a fen.
//!
//! A day's interest is `principal × rate ÷ 360`, with the rate in millionths:
//! a number of fen and a remainder. The remainder, the *carry*, goes into the
//! next day, so that the sum over any days is exact. In SQL on 64-bit integers:
//! `num = principal * rate_ppm + carry; interest = num / 360000000;
//! carry = num % 360000000`.
//!
//! A day counts from its beginning to the next: the first day of a loan bears
//! interest, the day of repayment does not (算头不算尾).
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

use thiserror::Error;

use crate::money::Money;
use crate::rate::Rate;

/// Units of carry in one fen: 360 days × 1,000,000 parts. A carry is below it.
pub const CARRY_UNITS_PER_FEN: i64 = 360_000_000;

/// Why nothing could be accrued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AccrualError {
    /// The principal is below zero.
    #[error("principal is negative")]
    NegativePrincipal,
    /// The number of days is below zero.
    #[error("number of days is negative")]
    NegativeDays,
    /// The carry is below zero or a whole fen.
    #[error("carry is outside 0–359999999")]
    Carry,
    /// The numbers do not fit 64 bits.
    #[error("interest does not fit")]
    Overflow,
}

/// One day's interest in fen, and the new carry (in 1/360,000,000 fen).
///
/// # Errors
/// Negative principal, a carry out of range, or a product beyond 64 bits, at
/// which the SQL form fails too (principal above 3.8 × 10¹³ fen at 24 %).
pub fn daily(principal: Money, rate: Rate, carry: i64) -> Result<(Money, i64), AccrualError> {
    days(principal, rate, 1, carry)
}

/// Interest of several days in fen, and the new carry: the same as [`daily`] repeated.
///
/// # Errors
/// As [`daily`], and for a negative number of days.
pub fn days(principal: Money, rate: Rate, days: i64, carry: i64) -> Result<(Money, i64), AccrualError> {
    if principal.is_negative() {
        return Err(AccrualError::NegativePrincipal);
    }
    if days < 0 {
        return Err(AccrualError::NegativeDays);
    }
    if !(0..CARRY_UNITS_PER_FEN).contains(&carry) {
        return Err(AccrualError::Carry);
    }
    let product = principal
        .as_fen()
        .checked_mul(rate.as_ppm())
        .ok_or(AccrualError::Overflow)?;
    product.checked_add(carry).ok_or(AccrualError::Overflow)?;
    let num = i128::from(product)
        .checked_mul(i128::from(days))
        .and_then(|num| num.checked_add(i128::from(carry)))
        .ok_or(AccrualError::Overflow)?;
    let unit = i128::from(CARRY_UNITS_PER_FEN);
    let fen = num
        .checked_div(unit)
        .and_then(|fen| i64::try_from(fen).ok())
        .ok_or(AccrualError::Overflow)?;
    let rest = num
        .checked_rem(unit)
        .and_then(|rest| i64::try_from(rest).ok())
        .ok_or(AccrualError::Overflow)?;
    Ok((Money::fen(fen), rest))
}
