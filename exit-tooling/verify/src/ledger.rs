//! The customers' part of the books, which stays as it is.

use std::collections::BTreeMap;

use laws::source::Source;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::VerifyError;
use crate::catalog::Table;
use crate::opened::hex;
use crate::owned::select;

/// Each row's SHA-256 by its key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Entries in which a customer has a posting.
    pub entries: BTreeMap<String, String>,
    /// Every posting of those entries.
    pub postings: BTreeMap<String, String>,
}

/// Ids that are asked for at once.
const AT_ONCE: usize = 2000;

/// Reads it.
///
/// # Errors
/// [`VerifyError::Database`].
pub async fn read(source: &mut Source, tables: &[Table], firms: &[String]) -> Result<Ledger, VerifyError> {
    let mut ledger = Ledger::default();
    let named = |name: &str| tables.iter().find(|table| table.name == name);
    let (Some(entries), Some(postings)) = (named("entries"), named("postings")) else {
        return Ok(ledger);
    };
    let mut ids = Vec::new();
    if let Some(entry) = postings.place("entry_id") {
        for firms in firms.chunks(AT_ONCE) {
            let rows = select(source, postings, "firm_id", firms).await?;
            ids.extend(rows.into_iter().filter_map(|row| row.into_iter().nth(entry)?));
        }
    }
    ids.sort_unstable();
    ids.dedup();
    for ids in ids.chunks(AT_ONCE) {
        for (table, column, sums) in [
            (entries, "id", &mut ledger.entries),
            (postings, "entry_id", &mut ledger.postings),
        ] {
            for row in select(source, table, column, ids).await? {
                sums.insert(table.key_of(&row), sum(&row));
            }
        }
    }
    Ok(ledger)
}

fn sum(row: &[Option<String>]) -> String {
    let text = serde_json::Value::from(row.iter().map(Clone::clone).collect::<Vec<_>>()).to_string();
    hex(&Sha256::digest(text))
}

/// What differs between two readings of one part: altered, missing, added.
#[must_use]
pub fn differences(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> [u64; 3] {
    let altered = before
        .iter()
        .filter(|(key, sum)| after.get(*key).is_some_and(|now| now != *sum));
    let missing = before.keys().filter(|key| !after.contains_key(*key));
    let added = after.keys().filter(|key| !before.contains_key(*key));
    [
        altered.count() as u64,
        missing.count() as u64,
        added.count() as u64,
    ]
}
