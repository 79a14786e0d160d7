//! All rows and states by which the bank is bound, at one moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::source::{DatabaseError, Source};

/// What binds: a name for people, and the query for its ids. A draw counts as
/// sent for good, so that its move to `paid`, existing business, changes nothing.
const BINDING: &[(&str, &str)] = &[
    ("applications", "SELECT id FROM applications"),
    ("offers", "SELECT id FROM offers"),
    ("contracts", "SELECT id FROM contracts"),
    ("draws", "SELECT id FROM draws"),
    (
        "applications approved",
        "SELECT id FROM applications WHERE state IN ('approved', 'signed')",
    ),
    (
        "applications signed",
        "SELECT id FROM applications WHERE state = 'signed'",
    ),
    (
        "draws sent",
        "SELECT id FROM draws WHERE sent_at IS NOT NULL OR state IN ('sent', 'paid')",
    ),
];

/// Why a snapshot can't be kept or read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The database can't be read.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The file can't be read or written.
    #[error("{}", path.display())]
    Io {
        /// The file.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no snapshot.
    #[error("{} is no snapshot", path.display())]
    Format {
        /// The file.
        path: std::path::PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
}

/// The ids of everything that binds the bank.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// When it was asked for, microseconds since the Unix epoch: its transaction began after that.
    pub taken_at: i64,
    /// Ids by what they are, each list sorted.
    pub binding: BTreeMap<String, Vec<String>>,
}

impl Snapshot {
    /// Takes one in a fresh transaction. `now` is the caller's clock.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn take(url: &str, now: i64) -> Result<Self, DatabaseError> {
        let mut source = Source::open(url).await?;
        let mut binding = BTreeMap::new();
        for (name, sql) in BINDING {
            let mut ids = Vec::new();
            for row in source.rows(name, *sql).await? {
                row.text(0)?;
                ids.extend(row.into_cells().into_iter().flatten());
            }
            // Sorted here: the two databases sort texts differently.
            ids.sort_unstable();
            binding.insert((*name).to_owned(), ids);
        }
        source.close().await;
        Ok(Self {
            taken_at: now,
            binding,
        })
    }

    /// How many ids it has in all.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.binding.values().map(|ids| ids.len() as u64).sum()
    }

    /// What is in `later` and not here: what it is, and the id.
    #[must_use]
    pub fn added_in<'s>(&self, later: &'s Self) -> Vec<(&'s str, &'s str)> {
        let mut added = Vec::new();
        for (name, ids) in &later.binding {
            let before = self.binding.get(name).map_or(&[][..], Vec::as_slice);
            let new = ids.iter().filter(|id| before.binary_search(id).is_err());
            added.extend(new.map(|id| (name.as_str(), id.as_str())));
        }
        added
    }
}
