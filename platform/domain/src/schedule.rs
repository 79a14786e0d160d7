//! The repayment schedule of a loan.
//!
//! Interest of a period is for its actual days on a 360-day year
//! (银发〔2005〕129号, the day-by-day method), with the carry of [`accrual`]
//! going from period to period. So the daily accrual of a loan that is paid on
//! time equals its schedule to the fen at every due date, and the ledger needs
//! no correcting entry at the end.
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

use jiff::civil::Date;
use jiff::{Span, Unit};
use thiserror::Error;

use crate::accrual::{self, AccrualError};
use crate::annuity;
use crate::money::{Money, Rounding};
use crate::product::Method;
use crate::rate::Rate;

/// Ten years: the longest term that lending to small enterprises knows.
pub const MAX_TERM_MONTHS: u32 = 120;

/// One line of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instalment {
    /// From 1.
    pub number: u32,
    /// The day it is due.
    pub due: Date,
    /// Principal due.
    pub principal: Money,
    /// Interest due.
    pub interest: Money,
}

/// Why there is no schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ScheduleError {
    /// Zero or less.
    #[error("principal must be positive")]
    Principal,
    /// Zero or beyond [`MAX_TERM_MONTHS`].
    #[error("term must be 1–120 months")]
    Term,
    /// A due date beyond the calendar.
    #[error("due date does not exist")]
    Date,
    /// Interest does not fit.
    #[error("interest does not fit")]
    Interest(#[from] AccrualError),
}

/// Builds the schedule of a loan paid out on `start`, due monthly.
///
/// Due dates count from `start`, clamped to the month's end (31 January, 28
/// February, 31 March). The last instalment takes what rounding left, so the
/// principal sums exactly.
///
/// # Errors
/// A principal or a term out of range, or dates or numbers that do not fit.
pub fn build(
    method: Method,
    principal: Money,
    rate: Rate,
    start: Date,
    term_months: u32,
) -> Result<Vec<Instalment>, ScheduleError> {
    if !principal.is_positive() {
        return Err(ScheduleError::Principal);
    }
    let periods = periods(start, term_months)?;
    let days: Vec<i64> = periods.iter().map(|period| period.1).collect();
    let overflow = ScheduleError::Interest(AccrualError::Overflow);
    let level = match method {
        Method::EqualInstalment => annuity::level_payment(principal, rate, &days).ok_or(overflow)?,
        Method::EqualPrincipal => principal
            .mul_ratio(1, i64::from(term_months), Rounding::Down)
            .ok_or(overflow)?,
        Method::InterestFirst => Money::ZERO,
    };
    let mut left = principal;
    let mut carry = 0;
    let mut schedule = Vec::with_capacity(periods.len());
    for (number, (due, days)) in (1..=term_months).zip(periods) {
        let (interest, next) = accrual::days(left, rate, days, carry)?;
        carry = next;
        let share = match method {
            _ if number == term_months => left,
            Method::EqualInstalment => level.checked_sub(interest).ok_or(overflow)?,
            Method::EqualPrincipal | Method::InterestFirst => level,
        };
        let share = share.clamp(Money::ZERO, left);
        left = left.checked_sub(share).ok_or(overflow)?;
        schedule.push(Instalment {
            number,
            due,
            principal: share,
            interest,
        });
    }
    Ok(schedule)
}

/// Each month's due date and the actual days since the one before.
fn periods(start: Date, term_months: u32) -> Result<Vec<(Date, i64)>, ScheduleError> {
    if !(1..=MAX_TERM_MONTHS).contains(&term_months) {
        return Err(ScheduleError::Term);
    }
    let mut from = start;
    (1..=term_months)
        .map(|month| {
            let due = start
                .checked_add(Span::new().months(month))
                .map_err(|_| ScheduleError::Date)?;
            let span = from.until((Unit::Day, due)).map_err(|_| ScheduleError::Date)?;
            from = due;
            Ok((due, i64::from(span.get_days())))
        })
        .collect()
}
