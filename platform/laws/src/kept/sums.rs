//! What several promises add up to: a contract's drawn amount, a loan's repayments.
//!
//! The rows of all draws may be there and the contract still have forgotten one
//! of them: the update was lost, the id was kept.

use std::collections::{BTreeMap, HashSet};

use super::rows::{BATCH, Kept};
use super::table::Table;
use crate::source::{DatabaseError, Source};
use crate::verdict::Tally;

/// The parents' sums are at least what was acknowledged; more may come from
/// requests whose answer was not seen.
pub(super) async fn compare(
    source: &mut Source,
    table: Table,
    kept: &[Kept<'_>],
    tally: &mut Tally,
) -> Result<(), DatabaseError> {
    let (what, sql, undone) = match table {
        Table::Draws => (
            "drawn amounts",
            "SELECT id, CAST(drawn_amount AS TEXT) FROM contracts WHERE id {ids}",
            "failed",
        ),
        Table::Repayments => (
            "repaid amounts",
            "SELECT loan_id, CAST(SUM(amount) AS TEXT) FROM repayments
             WHERE state = 'booked' AND loan_id {ids} GROUP BY loan_id",
            "reversed",
        ),
        _ => return Ok(()),
    };
    let mut seen = HashSet::new();
    let mut promised: BTreeMap<&str, i128> = BTreeMap::new();
    for one in kept {
        // A repeated request was acknowledged twice and moved money once; what
        // failed or was reversed since counts no more.
        let counts = one.state.as_deref() != Some(undone) && seen.insert(one.promise.id);
        if let (true, Some(parent), Some(amount)) = (counts, one.promise.parent, one.promise.amount) {
            *promised.entry(parent).or_default() += i128::from(amount);
        }
    }
    let parents: Vec<&str> = promised.keys().copied().collect();
    for batch in parents.chunks(BATCH) {
        let rows = source.rows_in(what, sql, batch).await?;
        let mut found: BTreeMap<&str, i128> = BTreeMap::new();
        for row in &rows {
            found.insert(row.text(0)?, row.wide(1)?);
        }
        for parent in batch {
            tally.checked(1);
            let (promised, found) = (promised[parent], found.get(parent).copied().unwrap_or(0));
            if found < promised {
                let detail = format!("acknowledged {promised} fen in all, stored {found}");
                tally.against("sum-short", format!("{what} of {parent}"), detail);
            }
        }
    }
    Ok(())
}
