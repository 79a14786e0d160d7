//! Money in fen (分), one hundredth of a yuan.
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount of renminbi in fen; a negative amount is a debt the other way.
///
/// There are no arithmetic operators: every sum is checked where it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

/// How a quotient becomes a whole number of fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, a half to the even neighbour, so that many roundings do not drift.
    HalfEven,
    /// Towards zero.
    Down,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many fen.
    #[must_use]
    pub const fn fen(fen: i64) -> Self {
        Self(fen)
    }

    /// The number of fen.
    #[must_use]
    pub const fn as_fen(self) -> i64 {
        self.0
    }

    /// The sum, or `None` where it does not fit.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// The difference, or `None` where it does not fit.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// The sum of many, or `None` where it does not fit.
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// `self × num ÷ den`; `None` unless `den` is positive and the result fits.
    #[must_use]
    pub fn mul_ratio(self, num: i64, den: i64, rounding: Rounding) -> Option<Self> {
        let product = i128::from(self.0).checked_mul(i128::from(num))?;
        divide(product, i128::from(den), rounding)
    }

    /// Whether it is less than nothing.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it is more than nothing.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// `num ÷ den` in whole fen; `None` unless `den` is positive and the result fits.
pub(crate) fn divide(num: i128, den: i128, rounding: Rounding) -> Option<Money> {
    if den <= 0 {
        return None;
    }
    let whole = match rounding {
        Rounding::Down => num.checked_div(den)?,
        Rounding::HalfEven => {
            let floor = num.checked_div_euclid(den)?;
            let twice = num.checked_rem_euclid(den)?.checked_mul(2)?;
            let up = twice > den || (twice == den && floor & 1 == 1);
            floor.checked_add(i128::from(up))?
        }
    };
    i64::try_from(whole).ok().map(Money)
}

/// Yuan with two decimals, as `1234.05`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}
