//! Penalty interest (罚息), on what is overdue and on nothing else.
//!
//! The penalty rate is the contract's rate times a multiplier: 1.3–1.5 for
//! lateness and up to 2 for misuse of the funds (银发〔2003〕251号, 3), here
//! never above 24 % a year ([`Rate::MAX`]). Interest that is overdue bears it
//! too. The overdue principal bears the penalty rate *instead of* the
//! contract's rate: whoever accrues takes it out of the performing principal.
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

use thiserror::Error;

use crate::accrual::{self, AccrualError};
use crate::money::Money;
use crate::rate::{PPM, Rate};

/// What lateness costs by default: the contract's rate plus half of it.
pub const LATE_MULTIPLIER_PPM: i64 = 1_500_000;

/// The most that the rule allows, for misuse of the funds.
pub const MAX_MULTIPLIER_PPM: i64 = 2_000_000;

/// Why no penalty could be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PenaltyError {
    /// Below 1 or above 2.
    #[error("multiplier of {0} ppm is outside 1000000–2000000")]
    Multiplier(i64),
    /// An overdue component is below zero, or their sum does not fit.
    #[error("overdue amount is negative or does not fit")]
    Amount,
    /// The accrual failed.
    #[error("penalty does not accrue")]
    Accrual(#[from] AccrualError),
}

/// The penalty rate in whole parts per million, rounded down: a fraction is the customer's.
///
/// # Errors
/// A multiplier outside 1–2.
pub fn rate(contract: Rate, multiplier_ppm: i64) -> Result<Rate, PenaltyError> {
    if !(PPM..=MAX_MULTIPLIER_PPM).contains(&multiplier_ppm) {
        return Err(PenaltyError::Multiplier(multiplier_ppm));
    }
    let ppm = contract.as_ppm().saturating_mul(multiplier_ppm) / PPM;
    Rate::ppm(ppm.min(Rate::MAX.as_ppm())).map_err(|_| PenaltyError::Multiplier(multiplier_ppm))
}

/// One day's penalty in fen and the new carry, as [`accrual::daily`] on the overdue components.
///
/// # Errors
/// A multiplier or a component out of range, or numbers that do not fit.
pub fn daily(
    overdue_principal: Money,
    overdue_interest: Money,
    contract: Rate,
    multiplier_ppm: i64,
    carry: i64,
) -> Result<(Money, i64), PenaltyError> {
    days(
        overdue_principal,
        overdue_interest,
        contract,
        multiplier_ppm,
        1,
        carry,
    )
}

/// Penalty of several days in fen, and the new carry.
///
/// # Errors
/// As [`daily`], and for a negative number of days.
pub fn days(
    overdue_principal: Money,
    overdue_interest: Money,
    contract: Rate,
    multiplier_ppm: i64,
    days: i64,
    carry: i64,
) -> Result<(Money, i64), PenaltyError> {
    if overdue_principal.is_negative() || overdue_interest.is_negative() {
        return Err(PenaltyError::Amount);
    }
    let base = overdue_principal
        .checked_add(overdue_interest)
        .ok_or(PenaltyError::Amount)?;
    Ok(accrual::days(base, rate(contract, multiplier_ppm)?, days, carry)?)
}
