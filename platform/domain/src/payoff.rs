//! Early payoff: interest for the days that the money was used.
//!
//! Unless the parties agree otherwise, a borrower who repays early owes
//! interest for the actual time (民法典, article 677). The contracts here agree
//! nothing else: no fee, no minimum term.
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

use jiff::Unit;
use jiff::civil::Date;
use thiserror::Error;

use crate::accrual::{self, AccrualError};
use crate::money::Money;
use crate::penalty::{self, PenaltyError};
use crate::rate::Rate;

/// A loan as the books have it up to a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Principal outstanding, with what of it is overdue.
    pub principal: Money,
    /// The part of the principal that is overdue.
    pub overdue_principal: Money,
    /// Interest accrued and unpaid, with what of it is overdue.
    pub interest: Money,
    /// The part of the interest that is overdue.
    pub overdue_interest: Money,
    /// Penalty interest accrued and unpaid.
    pub penalty: Money,
    /// The contract's rate.
    pub rate: Rate,
    /// The multiplier of the penalty rate, see [`penalty::rate`].
    pub multiplier_ppm: i64,
    /// Carry of the interest, see [`accrual`].
    pub interest_carry: i64,
    /// Carry of the penalty.
    pub penalty_carry: i64,
    /// The day up to which interest and penalty are accrued; that day itself is not.
    pub accrued_to: Date,
}

/// What paying everything costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payoff {
    /// Principal outstanding.
    pub principal: Money,
    /// Interest for the actual days.
    pub interest: Money,
    /// Penalty interest for the actual days.
    pub penalty: Money,
    /// The sum.
    pub total: Money,
    /// The part of the interest that the books have yet to accrue.
    pub interest_since: Money,
    /// The part of the penalty that the books have yet to accrue.
    pub penalty_since: Money,
}

/// Why there is no quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PayoffError {
    /// The day lies before the one up to which the books are accrued.
    #[error("day of payoff lies before the last accrued day")]
    Past,
    /// An amount is below zero, or an overdue part exceeds its whole.
    #[error("amount is negative or exceeds its whole")]
    Amount,
    /// The interest does not accrue.
    #[error("interest does not accrue")]
    Accrual(#[from] AccrualError),
    /// The penalty does not accrue.
    #[error("penalty does not accrue")]
    Penalty(#[from] PenaltyError),
    /// The sum does not fit.
    #[error("total does not fit")]
    Overflow,
}

/// What paying everything on a day costs: what the books have, and the interest
/// and penalty of the days since, to the fen as the books will accrue them.
///
/// What is below one fen then, the carry, is the customer's. An instalment that
/// fell due after `accrued_to` is taken as not yet overdue: end of day decides that.
///
/// # Errors
/// A day before `accrued_to`, amounts out of range, or numbers that do not fit.
pub fn quote(position: &Position, on: Date) -> Result<Payoff, PayoffError> {
    let days = position
        .accrued_to
        .until((Unit::Day, on))
        .map_err(|_| PayoffError::Past)?
        .get_days();
    if days < 0 {
        return Err(PayoffError::Past);
    }
    let parts = [
        position.overdue_principal,
        position.overdue_interest,
        position.interest,
        position.penalty,
    ];
    if parts.iter().any(|amount| amount.is_negative())
        || position.overdue_principal > position.principal
        || position.overdue_interest > position.interest
    {
        return Err(PayoffError::Amount);
    }
    let performing = position
        .principal
        .checked_sub(position.overdue_principal)
        .ok_or(PayoffError::Overflow)?;
    let (interest_since, _) = accrual::days(
        performing,
        position.rate,
        i64::from(days),
        position.interest_carry,
    )?;
    let (penalty_since, _) = penalty::days(
        position.overdue_principal,
        position.overdue_interest,
        position.rate,
        position.multiplier_ppm,
        i64::from(days),
        position.penalty_carry,
    )?;
    let interest = position
        .interest
        .checked_add(interest_since)
        .ok_or(PayoffError::Overflow)?;
    let penalty = position
        .penalty
        .checked_add(penalty_since)
        .ok_or(PayoffError::Overflow)?;
    let total = Money::checked_sum([position.principal, interest, penalty]).ok_or(PayoffError::Overflow)?;
    Ok(Payoff {
        principal: position.principal,
        interest,
        penalty,
        total,
        interest_since,
        penalty_since,
    })
}
