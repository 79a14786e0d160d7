//! How much, and at which rate.
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

use domain::money::{Money, Rounding};
use domain::penalty;
use domain::rate::{PPM, Rate};

use crate::fields::Case;
use crate::reasons::Reason;
use crate::rules::Terms;

/// Offers derived from turnover are in whole thousands of yuan (in fen).
const LIMIT_STEP: i64 = 100_000;

/// What could be lent, at which rate, and what bounds it.
pub(crate) struct Offer {
    pub(crate) limit: Money,
    pub(crate) rate: Rate,
    pub(crate) why: Reason,
}

/// The least of what was asked, the product's cap and the share of the turnover
/// that can be shown; `None` where the turnover is unknown.
pub(crate) fn offer(case: &Case<'_>, terms: &Terms, rate_ppm: i64, share_ppm: i64) -> Option<Offer> {
    let turnover = Money::fen(case.features.turnover()?);
    let share = turnover.mul_ratio(share_ppm, PPM, Rounding::Down)?;
    let share = share
        .mul_ratio(1, LIMIT_STEP, Rounding::Down)?
        .mul_ratio(LIMIT_STEP, 1, Rounding::Down)?;
    let candidates = [
        (case.asked, Reason::LimitAsked),
        (terms.cap, Reason::LimitProduct),
        (share, Reason::LimitTurnover),
    ];
    let (limit, why) = candidates.into_iter().min_by_key(|(limit, _)| *limit)?;
    let rate = priced(rate_ppm, terms)?;
    Some(Offer { limit, rate, why })
}

/// The highest rate that lateness does not lift above what a lender may claim.
pub(crate) fn highest_rate() -> Rate {
    let highest = Money::fen(Rate::MAX.as_ppm()).mul_ratio(PPM, penalty::LATE_MULTIPLIER_PPM, Rounding::Down);
    highest
        .and_then(|ppm| Rate::ppm(ppm.as_fen()).ok())
        .unwrap_or(Rate::ZERO)
}

/// The band's rate on the product's terms, if even with the penalty for lateness
/// it stays within what a lender may claim.
pub(crate) fn priced(rate_ppm: i64, terms: &Terms) -> Option<Rate> {
    let rate = Rate::ppm(rate_ppm.checked_add(terms.add_ppm)?).ok()?;
    let late = Money::fen(rate.as_ppm()).mul_ratio(penalty::LATE_MULTIPLIER_PPM, PPM, Rounding::HalfEven)?;
    (late.as_fen() <= Rate::MAX.as_ppm()).then_some(rate)
}
