//! The terms that officers agree on where the rules made no offer.

use base::problem::Code;
use client::applications::Verdict;
use decision::policy::Bounds;
use store::approvals::{Given, Terms};

use crate::{Refusal, parse};

/// The terms in a verdict: both or neither.
pub(crate) fn told(body: &Verdict) -> Result<Option<Terms>, Refusal> {
    match (body.limit, body.rate_ppm) {
        (None, None) => Ok(None),
        (Some(limit), Some(rate_ppm)) => Ok(Some(Terms { limit, rate_ppm })),
        (Some(_), None) => Err(Refusal::field("rate_ppm", "a limit needs a rate beside it")),
        (None, Some(_)) => Err(Refusal::field("limit", "a rate needs a limit beside it")),
    }
}

/// Refuses terms where an offer or a rejection has no room for them.
pub(crate) fn none(terms: Option<Terms>, why: &'static str) -> Result<(), Refusal> {
    match terms {
        None => Ok(()),
        Some(_) => Err(Refusal::field("limit", why)),
    }
}

/// Terms that an approval needs, within what the product lends and what was
/// asked for, and the same as those of the approvals before it.
pub(crate) fn agreed<'a>(
    terms: Option<Terms>,
    bounds: Bounds,
    asked: i64,
    mut given: impl Iterator<Item = &'a Given>,
) -> Result<Terms, Refusal> {
    let Some(terms) = terms else {
        return Err(Refusal::field("limit", "needed: no offer says how much"));
    };
    let most = bounds.cap.as_fen().min(asked);
    parse::within("limit", terms.limit, bounds.minimum.as_fen(), most)?;
    parse::within("rate_ppm", terms.rate_ppm, 1, bounds.highest_rate.as_ppm())?;
    let differs = |given: &Given| given.terms.is_some_and(|theirs| theirs != terms);
    if given.any(differs) {
        return Err(Refusal::plain(Code::TermsDiffer));
    }
    Ok(terms)
}
