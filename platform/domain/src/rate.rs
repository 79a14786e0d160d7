//! A yearly interest rate.
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use crate::money::{Money, Rounding, divide};

/// Days of a year for interest: 360, the day-count of the People's Bank of
/// China (银发〔2005〕129号: daily rate = yearly rate ÷ 360).
pub const YEAR_DAYS: i64 = 360;

/// Parts in one: a rate is an integer of millionths.
pub const PPM: i64 = 1_000_000;

/// A yearly rate in parts per million: `43_500` is 4.35 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Rate(i64);

/// The rate is negative or above [`Rate::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("rate of {0} ppm is outside 0–240000")]
pub struct RateError(pub i64);

impl Rate {
    /// No interest.
    pub const ZERO: Self = Self(0);

    /// 24 % a year: courts cut a lender's interest, penalty and fees together
    /// to this on request (法发〔2017〕22号, 2), so no contract goes above it.
    pub const MAX: Self = Self(240_000);

    /// A rate of so many parts per million a year.
    ///
    /// # Errors
    /// Below zero or above [`Rate::MAX`].
    pub const fn ppm(ppm: i64) -> Result<Self, RateError> {
        if ppm < 0 || ppm > Self::MAX.0 {
            Err(RateError(ppm))
        } else {
            Ok(Self(ppm))
        }
    }

    /// Parts per million a year.
    #[must_use]
    pub const fn as_ppm(self) -> i64 {
        self.0
    }

    /// Simple interest for whole days on a 360-day year, rounded down to the
    /// fen; `None` where it does not fit. The ledger accrues with
    /// [`crate::accrual`], which carries the fraction that this drops.
    #[must_use]
    pub fn interest(self, principal: Money, days: i64) -> Option<Money> {
        let num = i128::from(principal.as_fen())
            .checked_mul(i128::from(self.0))?
            .checked_mul(i128::from(days))?;
        divide(
            num,
            i128::from(crate::accrual::CARRY_UNITS_PER_FEN),
            Rounding::Down,
        )
    }
}

impl TryFrom<i64> for Rate {
    type Error = RateError;

    fn try_from(ppm: i64) -> Result<Self, RateError> {
        Self::ppm(ppm)
    }
}

/// Per cent with four decimals, as `4.3500%`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:04}%", self.0 / 10_000, self.0 % 10_000)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::ppm(i64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
