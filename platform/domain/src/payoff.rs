//! Early payoff: interest for the days that the money was used (民法典, article 677).
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

use jiff::civil::Date;
use thiserror::Error;

use crate::accrual::{self, AccrualError};
use crate::money::Money;
use crate::rate::Rate;

/// What a payoff costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payoff {
    /// Principal outstanding.
    pub principal: Money,
    /// Interest for the actual days.
    pub interest: Money,
    /// Penalty interest due.
    pub penalty: Money,
    /// The sum.
    pub total: Money,
}

/// Why there is no quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PayoffError {
    /// The day lies before the one up to which the books are settled.
    #[error("day of payoff lies before the last settled day")]
    Past,
    /// An amount is below zero.
    #[error("amount is negative")]
    Negative,
    /// The accrual failed.
    #[error("interest does not accrue")]
    Accrual(#[from] AccrualError),
    /// The sum does not fit.
    #[error("total does not fit")]
    Overflow,
}

/// What paying everything on a day costs: the interest and penalty in the books
/// up to `last_settled`, and the principal's interest for the actual days since.
///
/// The carry below one fen is the customer's. No fee: article 677 lets the
/// borrower pay for the time used only.
///
/// # Errors
/// A day before `last_settled`, a negative amount, or numbers that do not fit.
pub fn quote(
    principal_outstanding: Money,
    interest_due_unpaid: Money,
    penalty_due: Money,
    rate: Rate,
    last_settled: Date,
    on: Date,
) -> Result<Payoff, PayoffError> {
    if [principal_outstanding, interest_due_unpaid, penalty_due]
        .iter()
        .any(|amount| amount.is_negative())
    {
        return Err(PayoffError::Negative);
    }
    let days = on.duration_since(last_settled).as_hours() / 24;
    if days < 0 {
        return Err(PayoffError::Past);
    }
    let (since, _) = accrual::days(principal_outstanding, rate, days, 0)?;
    let interest = interest_due_unpaid
        .checked_add(since)
        .ok_or(PayoffError::Overflow)?;
    let total =
        Money::checked_sum([principal_outstanding, interest, penalty_due]).ok_or(PayoffError::Overflow)?;
    Ok(Payoff {
        principal: principal_outstanding,
        interest,
        penalty: penalty_due,
        total,
    })
}
