//! How the book stands, for the figures of `/metrics`: counts and sums over everything, never of a customer.

use db::{DbError, Tx};

/// Bands of outstanding principal, by their upper bounds in fen, as analytics has them.
pub const BANDS: [&str; 4] = ["below_100k", "100k_to_500k", "500k_to_1m", "from_1m"];

/// Loans that are not settled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Book {
    /// How many, by band of their principal; first those that are not overdue, then those that are.
    pub counts: [[i64; 4]; 2],
    /// Principal outstanding, fen.
    pub principal: i64,
    /// Overdue principal, fen.
    pub overdue: i64,
    /// The first day (days since 1970-01-01) whose interest some loan lacks; none without a loan.
    pub accrued_to: Option<i64>,
}

/// Reads the book. It looks at every loan that is not settled: a tenth of a second for 200,000.
///
/// # Errors
/// Any [`DbError`].
pub async fn book(tx: &mut Tx) -> Result<Book, DbError> {
    const SQL: &str = "SELECT CAST(late AS BIGINT), CAST(band AS BIGINT), COUNT(*), CAST(SUM(principal) AS BIGINT), \
        CAST(SUM(overdue_principal) AS BIGINT), MIN(accrued_to) FROM ( \
        SELECT CASE WHEN overdue_principal > 0 OR overdue_interest > 0 THEN 1 ELSE 0 END AS late, \
        CASE WHEN principal < 10000000 THEN 0 WHEN principal < 50000000 THEN 1 \
        WHEN principal < 100000000 THEN 2 ELSE 3 END AS band, \
        principal, overdue_principal, accrued_to FROM loans WHERE settled_at IS NULL) live GROUP BY late, band";
    let mut book = Book::default();
    for row in tx.many(SQL, &[]).await? {
        let cell = usize::try_from(row.int(0)?)
            .ok()
            .zip(usize::try_from(row.int(1)?).ok())
            .and_then(|(late, band)| book.counts.get_mut(late)?.get_mut(band));
        if let Some(cell) = cell {
            *cell = row.int(2)?;
        }
        book.principal = book.principal.saturating_add(row.int(3)?);
        book.overdue = book.overdue.saturating_add(row.int(4)?);
        let behind = row.opt_int(5)?;
        book.accrued_to = book.accrued_to.into_iter().chain(behind).min();
    }
    Ok(book)
}

/// Since when draws wait, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// The oldest that was asked for, and whose instruction has not left.
    pub requested: Option<i64>,
    /// The one whose instruction left first, of those whose outcome is unknown.
    pub sent: Option<i64>,
}

/// Payments that are looked at: all, unless so many wait that their age is no secret.
const MOST: i64 = 5_000;

/// Which draws wait. Each has a payment in the outbox that is pending, of which there are few.
///
/// # Errors
/// Any [`DbError`].
pub async fn waiting(tx: &mut Tx) -> Result<Waiting, DbError> {
    const SQL: &str = "SELECT d.state, MIN(CASE WHEN d.state = 'sent' THEN d.sent_at ELSE d.created_at END) FROM ( \
        SELECT reference FROM outbox WHERE state = 'pending' AND kind = 'payment' ORDER BY next_at LIMIT $1) o \
        JOIN draws d ON d.id = o.reference WHERE d.state IN ('requested', 'sent') GROUP BY d.state";
    let mut waiting = Waiting::default();
    for row in tx.many(SQL, &[MOST.into()]).await? {
        let since = row.opt_int(1)?;
        match row.text(0)? {
            "sent" => waiting.sent = since,
            _ => waiting.requested = since,
        }
    }
    Ok(waiting)
}
