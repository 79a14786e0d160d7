//! The checker of law 3.

use super::{balance, control, documents, immutable, schedule, whole};
use crate::purged::Purged;
use crate::source::{DatabaseError, Source};
use crate::verdict::{Ruling, Tally};

/// Rows that one check lists at most: enough to count a pattern, and a wholly
/// broken ledger doesn't fill the memory.
pub(super) const AT_MOST: &str = "LIMIT 1000";

/// Checks the ledger and what must agree with it. `minimum` is how many ledger
/// entries there must be for the law to count as touched.
///
/// # Errors
/// When the database can't be read.
pub async fn books_balance(source: &mut Source, minimum: u64) -> Result<Ruling, DatabaseError> {
    let mut tally = Tally::default();
    let entries = source
        .rows("the ledger", "SELECT CAST(COUNT(*) AS TEXT) FROM entries")
        .await?;
    let entries = entries.first().map_or(Ok(0), |row| row.count(0))?;
    tally.evidence("entries", entries);

    let purged = Purged::read(source).await?;
    // First whether money is integers at all: sums of anything else prove nothing.
    whole::check(source, &mut tally).await?;
    immutable::check(source, &mut tally).await?;
    summed(balance::check(source, &mut tally).await, &mut tally)?;
    summed(control::check(source, &mut tally).await, &mut tally)?;
    summed(documents::check(source, &purged, &mut tally).await, &mut tally)?;
    summed(schedule::check(source, &mut tally).await, &mut tally)?;

    let missing = (entries < minimum).then(|| format!("{entries} ledger entries, {minimum} are needed"));
    Ok(tally.ruling(3, missing))
}

/// A sum beyond 64 bits is no failure of the audit but a finding: no bank has
/// that much money, so some amount is wrong.
fn summed(result: Result<(), DatabaseError>, tally: &mut Tally) -> Result<(), DatabaseError> {
    match result {
        Err(DatabaseError::Overflow { what }) => {
            tally.against("sum-overflows", what, "the sum does not fit 64 bits");
            Ok(())
        }
        other => other,
    }
}
