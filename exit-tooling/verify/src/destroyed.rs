//! Whether the keys are destroyed as the exit says.

use std::collections::{BTreeMap, BTreeSet};

use certificate::record::Record;
use laws::source::Source;

use crate::VerifyError;
use crate::findings::Findings;
use crate::witness::Witness;

/// Whether every key that there was has a tombstone, so that a restored key store destroys it again.
///
/// # Errors
/// [`VerifyError::Database`].
pub async fn keys(
    source: &mut Source,
    witness: &Witness,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let subjects: BTreeSet<&str> = witness.keys.iter().map(|(subject, _)| subject.as_str()).collect();
    let subjects: Vec<&str> = subjects.into_iter().collect();
    let sql = "SELECT subject, category FROM vault_destroyed WHERE subject {ids}";
    let mut destroyed = BTreeSet::new();
    for row in source.rows_in("the destroyed keys", sql, &subjects).await? {
        destroyed.insert((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
    }
    let left = witness
        .keys
        .iter()
        .filter(|key| !destroyed.contains(*key))
        .count();
    if left > 0 {
        findings.add(
            "key-not-destroyed",
            "vault_destroyed",
            format!("{left} keys have no tombstone"),
        );
    }
    Ok(())
}

/// Whether the wrapping keys are those that the record says, and the ones before them are given up.
///
/// # Errors
/// [`VerifyError::Database`].
pub async fn rotations(
    source: &mut Source,
    record: &Record,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let sql = "SELECT custodian, CAST(epoch AS TEXT), CAST(retired AS TEXT) FROM vault_keks";
    let mut epochs: BTreeMap<String, u64> = BTreeMap::new();
    for row in source.rows("the wrapping keys", sql).await? {
        // A rotation has ended when what wraps now is also the oldest that is not given up.
        let lower = |text: &str| text.parse::<u64>().unwrap_or(0);
        epochs.insert(
            row.text(0)?.to_owned(),
            lower(row.text(1)?).min(lower(row.text(2)?)),
        );
    }
    for said in &record.keks_rotated {
        let now = epochs.get(&said.custodian).copied().unwrap_or(0);
        if now < said.epoch {
            let detail = format!("the record says {}, the key store {now}", said.epoch);
            findings.add("kek-not-rotated", said.custodian.clone(), detail);
        }
    }
    Ok(())
}
