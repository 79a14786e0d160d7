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

/// What is left of a loan's schedule, to be laid out over other months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rest {
    /// How it is repaid.
    pub method: Method,
    /// What the instalments are to repay.
    pub principal: Money,
    /// The contract's rate.
    pub rate: Rate,
    /// The first day of the loan, from which its due dates count.
    pub start: Date,
    /// The number of the first instalment, whose period may have begun.
    pub first: u32,
    /// The number of the last.
    pub last: u32,
    /// Interest of the first period that has accrued and is not paid.
    pub accrued: Money,
    /// Up to which day; that day itself is not.
    pub accrued_to: Date,
    /// The carry of that day, see [`accrual`].
    pub carry: i64,
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
    lay_out(&Rest {
        method,
        principal,
        rate,
        start,
        first: 1,
        last: term_months,
        accrued: Money::ZERO,
        accrued_to: start,
        carry: 0,
    })
}

/// Builds the rest of a schedule from where its loan stands, as [`build`] does the whole.
///
/// The interest of the first instalment is what has accrued and what will, so
/// that here, too, a loan that is paid on time accrues its schedule to the fen.
///
/// # Errors
/// A principal out of range, no month or more than [`MAX_TERM_MONTHS`], a day
/// outside of the first period, or dates or numbers that do not fit.
pub fn lay_out(rest: &Rest) -> Result<Vec<Instalment>, ScheduleError> {
    if !rest.principal.is_positive() {
        return Err(ScheduleError::Principal);
    }
    let periods = periods(rest.start, rest.first, rest.last)?;
    let days: Vec<i64> = periods.iter().map(|period| period.1).collect();
    let overflow = ScheduleError::Interest(AccrualError::Overflow);
    let months = i64::try_from(periods.len()).map_err(|_| ScheduleError::Term)?;
    let level = match rest.method {
        Method::EqualInstalment => {
            annuity::level_payment(rest.principal, rest.rate, &days).ok_or(overflow)?
        }
        Method::EqualPrincipal => rest
            .principal
            .mul_ratio(1, months, Rounding::Down)
            .ok_or(overflow)?,
        Method::InterestFirst => Money::ZERO,
    };
    let mut left = rest.principal;
    let mut carry = rest.carry;
    let mut schedule = Vec::with_capacity(periods.len());
    for (number, (due, days)) in (rest.first..=rest.last).zip(periods) {
        let (days, before) = if number == rest.first {
            (days_to_come(rest, due, days)?, rest.accrued)
        } else {
            (days, Money::ZERO)
        };
        let (interest, next) = accrual::days(left, rest.rate, days, carry)?;
        carry = next;
        let interest = interest.checked_add(before).ok_or(overflow)?;
        let share = match rest.method {
            _ if number == rest.last => left,
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

/// The days of the first period, which has so many, whose interest is still to accrue.
fn days_to_come(rest: &Rest, due: Date, days: i64) -> Result<i64, ScheduleError> {
    let span = rest
        .accrued_to
        .until((Unit::Day, due))
        .map_err(|_| ScheduleError::Date)?;
    let to_come = i64::from(span.get_days());
    if (0..=days).contains(&to_come) {
        Ok(to_come)
    } else {
        Err(ScheduleError::Date)
    }
}

/// The day on which the instalment of this number is due; 0 is the first day of the loan.
///
/// # Errors
/// [`ScheduleError::Date`] beyond the calendar.
pub fn due_date(start: Date, number: u32) -> Result<Date, ScheduleError> {
    let span = Span::new().try_months(number).map_err(|_| ScheduleError::Date)?;
    start.checked_add(span).map_err(|_| ScheduleError::Date)
}

/// Each month's due date and the actual days since the one before.
fn periods(start: Date, first: u32, last: u32) -> Result<Vec<(Date, i64)>, ScheduleError> {
    let months = last.checked_sub(first).and_then(|span| span.checked_add(1));
    if first == 0 || !months.is_some_and(|months| (1..=MAX_TERM_MONTHS).contains(&months)) {
        return Err(ScheduleError::Term);
    }
    let mut from = due_date(start, first.saturating_sub(1))?;
    (first..=last)
        .map(|number| {
            let due = due_date(start, number)?;
            let span = from.until((Unit::Day, due)).map_err(|_| ScheduleError::Date)?;
            from = due;
            Ok((due, i64::from(span.get_days())))
        })
        .collect()
}
