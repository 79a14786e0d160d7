//! What was lost, by id.

use std::collections::BTreeSet;

use anyhow::Context as _;
use cluster::Cluster;

use crate::drill::failover::report::{Rpo, Truth, Writes};
use crate::drill::failover::writers::Known;

/// Every id that a server has.
///
/// # Errors
/// What the server said.
pub fn ids(server: &Cluster) -> anyhow::Result<BTreeSet<i64>> {
    let rows = server.rows("postgres", "SELECT id FROM ledger")?;
    let parsed: Result<_, _> = rows.iter().map(|row| row.parse()).collect();
    parsed.context("failed to read an id of the ledger")
}

/// Every acknowledged id that the new primary does not have. An ambiguous one is neither lost nor kept.
#[must_use]
pub fn lost(known: &Known, new: &BTreeSet<i64>) -> BTreeSet<i64> {
    let acknowledged = known.acknowledged.iter().map(|ack| ack.id);
    acknowledged.filter(|id| !new.contains(id)).collect()
}

/// Holds what was found lost against what the old primary has and the new one has not.
#[must_use]
pub fn judge(known: &Known, lost: &BTreeSet<i64>, old: &BTreeSet<i64>, new: &BTreeSet<i64>) -> Rpo {
    let acknowledged: BTreeSet<i64> = known.acknowledged.iter().map(|ack| ack.id).collect();
    let only_on_old: BTreeSet<i64> = old.difference(new).copied().collect();
    let truly: BTreeSet<i64> = only_on_old.intersection(&acknowledged).copied().collect();
    Rpo {
        lost: lost.len(),
        lost_ids: lost.iter().copied().collect(),
        truth: Truth {
            only_on_old: only_on_old.len(),
            acknowledged_only_on_old: truly.len(),
            agrees: truly == *lost,
        },
    }
}

/// Counts of what clients know; `old` is the port of the server that was lost.
#[must_use]
pub fn writes(known: &Known, old: u16, new: &BTreeSet<i64>) -> Writes {
    let by_old = known.acknowledged.iter().filter(|ack| ack.by == old).count();
    Writes {
        acknowledged: known.acknowledged.len(),
        by_old_primary: by_old,
        by_new_primary: known.acknowledged.len() - by_old,
        ambiguous: known.ambiguous.len(),
        ambiguous_found: known.ambiguous.intersection(new).count(),
        refused: known.refused.len(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::drill::failover::writers::Acknowledged;

    fn known(acknowledged: &[i64], ambiguous: &[i64]) -> Known {
        let ack = |id: &i64| Acknowledged {
            id: *id,
            at: Instant::now(),
            by: 1,
        };
        Known {
            acknowledged: acknowledged.iter().map(ack).collect(),
            ambiguous: ambiguous.iter().copied().collect(),
            ..Known::default()
        }
    }

    #[test]
    fn an_ambiguous_write_is_neither_lost_nor_kept_and_a_swapped_row_does_not_hide_a_lost_one() {
        let known = known(&[1, 2, 3], &[4, 5]);
        let old = BTreeSet::from([1, 2, 3, 4]);
        // As many rows as were acknowledged, yet one of them is another.
        let new = BTreeSet::from([1, 2, 5]);
        let lost = lost(&known, &new);
        assert_eq!(lost, BTreeSet::from([3]));
        let rpo = judge(&known, &lost, &old, &new);
        assert_eq!(
            (rpo.truth.only_on_old, rpo.truth.acknowledged_only_on_old),
            (2, 1)
        );
        assert!(rpo.truth.agrees);
        let writes = writes(&known, 1, &new);
        assert_eq!((writes.ambiguous, writes.ambiguous_found), (2, 1));
    }

    #[test]
    fn an_acknowledged_write_that_neither_server_has_does_not_agree_with_the_truth() {
        let known = known(&[1, 2], &[]);
        let new = BTreeSet::from([1]);
        let lost = lost(&known, &new);
        assert!(!judge(&known, &lost, &BTreeSet::from([1]), &new).truth.agrees);
    }
}
