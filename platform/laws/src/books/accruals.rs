//! What an end of day has posted, so that its repetition can be seen to post nothing.

use crate::source::{DatabaseError, Source};

/// Entries that the end of this business day (`YYYY-MM-DD`) posted: interest and penalty interest.
///
/// # Errors
/// When the database can't be read.
pub async fn accruals(url: &str, business_date: &str) -> Result<u64, DatabaseError> {
    let mut source = Source::open(url).await?;
    let sql = "SELECT CAST(COUNT(*) AS TEXT) FROM entries
               WHERE kind IN ('accrual', 'penalty') AND business_date {ids}";
    let rows = source.rows_in("the day's entries", sql, &[business_date]).await?;
    source.close().await;
    rows.first().map_or(Ok(0), |row| row.count(0))
}
