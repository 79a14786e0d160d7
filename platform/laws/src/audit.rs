//! The three laws that a journal and a database can show, in one audit.

use serde_json::Value;

use crate::books::books_balance;
use crate::closed::{Enough, Window, closed_means_closed, closings};
use crate::durability::durability;
use crate::journal::Journal;
use crate::kept::nothing_lost;
use crate::source::{DatabaseError, Source};
use crate::verdict::Ruling;

/// How much must have happened for a law to count as touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minimums {
    /// Acknowledged writes, before the first kill where there is one.
    pub acknowledged: u64,
    /// What must have happened while intake was closed.
    pub closed: Enough,
    /// Ledger entries.
    pub entries: u64,
}

impl Minimums {
    /// One of each: the law was touched at all.
    pub const ANY: Self = Self {
        acknowledged: 1,
        closed: Enough {
            refusals: 1,
            existing: 1,
        },
        entries: 1,
    };
}

/// Judges laws 1, 2 and 3. The database may be in use: all of it is read in one snapshot.
///
/// # Errors
/// When the database can't be read.
pub async fn audit(
    url: &str,
    journal: &Journal,
    windows: &[Window],
    minimums: Minimums,
) -> Result<Vec<Ruling>, DatabaseError> {
    let settings = durability(url).await?;
    let mut source = Source::open(url).await?;
    let mut kept = nothing_lost(&mut source, journal, minimums.acknowledged, &settings.weak).await?;
    kept.evidence
        .insert("durability".to_owned(), Value::Object(settings.evidence));
    let told = closings(&mut source).await?;
    let closed = closed_means_closed(windows, journal, &told, minimums.closed);
    let books = books_balance(&mut source, minimums.entries).await?;
    source.close().await;
    Ok(vec![kept, closed, books])
}
