//! How the book and the payments stand, for metrics.

use domain::lane::Lane;
use store::standing;

use crate::settle_draw::day_number;
use crate::{Refusal, World};

/// The loans that are not settled. Counts and shares only: a sum may be one customer's.
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    /// How many, by standing (`current` or `overdue`) and band of principal.
    pub counts: Vec<(&'static str, &'static str, i64)>,
    /// Overdue principal as a share of the outstanding principal, 0–1; 0 without a loan.
    pub overdue: f64,
    /// Business days before today whose end some loan has not seen.
    pub days_behind: i64,
}

/// Reads the book, every loan that is not settled.
///
/// # Errors
/// The database's refusal.
pub async fn book<L: Lane>(world: &World<L>) -> Result<Book, Refusal> {
    let seen = world
        .db
        .read(|tx| Box::pin(async move { standing::book(tx).await }));
    let seen = seen.await?;
    let today = day_number(world.clock.today());
    let counts = ["current", "overdue"].into_iter().zip(seen.counts);
    let counts = counts.flat_map(|(standing, cells)| {
        let cells = standing::BANDS.into_iter().zip(cells);
        cells.map(move |(band, count)| (standing, band, count))
    });
    Ok(Book {
        counts: counts.collect(),
        overdue: share(seen.overdue, seen.principal),
        days_behind: seen
            .accrued_to
            .map_or(0, |first| today.saturating_sub(first).max(0)),
    })
}

/// A share for a gauge, in which sums above 2^53 fen may lose their last digits.
fn share(part: i64, whole: i64) -> f64 {
    if whole > 0 {
        part as f64 / whole as f64
    } else {
        0.0
    }
}

/// How long draws have waited, in seconds; 0 when none does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Asked for, and the instruction has not left.
    pub requested: i64,
    /// Left, and the outcome is unknown.
    pub sent: i64,
}

/// Reads how long draws have waited.
///
/// # Errors
/// The database's refusal.
pub async fn waiting<L: Lane>(world: &World<L>) -> Result<Waiting, Refusal> {
    let seen = world
        .db
        .read(|tx| Box::pin(async move { standing::waiting(tx).await }));
    let seen = seen.await?;
    let now = world.clock.now_micros();
    let age = |since: Option<i64>| since.map_or(0, |at| now.saturating_sub(at).max(0) / 1_000_000);
    Ok(Waiting {
        requested: age(seen.requested),
        sent: age(seen.sent),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn without_a_loan_nothing_is_overdue() {
        assert!((super::share(0, 0) - 0.0).abs() < f64::EPSILON);
        assert!((super::share(25, 100) - 0.25).abs() < f64::EPSILON);
    }
}
