//! The sealed archive: the rows that law wants kept, taken out of the lending database as a whole.
//!
//! A file is the archive's one JSON form (RFC 8785), sealed under [`MAGIC`] as [`crate::sealing`] says. Who holds the key reads everything, so that the vault's keys can go.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::key_file::Key;
use crate::sealing::{self, SealingError};

/// How an archive's file begins.
pub const MAGIC: &[u8] = b"backstop-exit-archive\n";

/// A row: each column's name with its value. Sealed columns stand here opened, bytes as base64 (RFC 4648,
/// padded), whole numbers as [`crate::integer`] writes them.
pub type Row = BTreeMap<String, Value>;

/// What an archive says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The exit that made it.
    pub exit_id: String,
    /// Lower-case hexadecimal SHA-256 of the plan that was carried out.
    pub plan_digest: String,
    /// How many rows of each table are in it.
    pub counts: BTreeMap<String, u64>,
    /// When it was made, in µs since 1970 (UTC).
    pub made_at: i64,
}

/// A manifest and the rows that it counts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// What it says about itself.
    pub manifest: Manifest,
    /// Each table's rows.
    pub rows: BTreeMap<String, Vec<Row>>,
}

/// The rows are customers' data in the clear: only the manifest is shown.
impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive")
            .field("manifest", &self.manifest)
            .finish_non_exhaustive()
    }
}

/// Why there is no archive. Shows nothing of its content.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It can't be sealed or opened.
    #[error("the archive: {0}")]
    Sealing(#[from] SealingError),
    /// Sealed with this key, but not the JSON of an archive.
    #[error("what is sealed is no archive")]
    Malformed,
    /// The manifest does not fit the rows.
    #[error("the archive's manifest counts {counted} rows of table {table}, there are {found}")]
    Count {
        /// The table.
        table: String,
        /// What the manifest says.
        counted: u64,
        /// What is there.
        found: u64,
    },
}

impl Archive {
    /// An archive of these rows; the manifest counts them.
    #[must_use]
    pub fn new(exit_id: String, plan_digest: String, made_at: i64, rows: BTreeMap<String, Vec<Row>>) -> Self {
        let counts = rows
            .iter()
            .map(|(table, rows)| (table.clone(), rows.len() as u64))
            .collect();
        Self {
            manifest: Manifest {
                exit_id,
                plan_digest,
                counts,
                made_at,
            },
            rows,
        }
    }

    fn check(&self) -> Result<(), ArchiveError> {
        let tables = self.manifest.counts.keys().chain(self.rows.keys());
        for table in tables {
            let counted = self.manifest.counts.get(table).copied().unwrap_or(0);
            let found = self.rows.get(table).map_or(0, Vec::len) as u64;
            if counted != found {
                let table = table.clone();
                return Err(ArchiveError::Count {
                    table,
                    counted,
                    found,
                });
            }
        }
        Ok(())
    }
}

/// Seals an archive: the bytes of its file. The same archive gives other bytes each time.
///
/// # Errors
/// [`ArchiveError`]: no randomness, too large, or a manifest that doesn't fit the rows.
pub fn seal(archive: &Archive, key: &Key) -> Result<Vec<u8>, ArchiveError> {
    archive.check()?;
    let plain = serde_jcs::to_vec(archive).map_err(|_| ArchiveError::Malformed)?;
    Ok(sealing::seal(MAGIC, &Zeroizing::new(plain), key)?)
}

/// Opens an archive's file and checks that the manifest counts what is there.
///
/// # Errors
/// [`ArchiveError`].
pub fn open(bytes: &[u8], key: &Key) -> Result<Archive, ArchiveError> {
    let plain = sealing::open(MAGIC, bytes, key)?;
    let archive: Archive = serde_json::from_slice(&plain).map_err(|_| ArchiveError::Malformed)?;
    archive.check()?;
    Ok(archive)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive() -> Archive {
        let row: Row = [
            ("id".to_owned(), Value::from("01")),
            ("name".to_owned(), Value::from("宏远")),
            ("amount".to_owned(), crate::integer(i64::MAX)),
        ]
        .into();
        Archive::new(
            "e1".into(),
            "ab".into(),
            1,
            [("firms".to_owned(), vec![row])].into(),
        )
    }

    #[test]
    fn what_was_sealed_is_opened_with_the_key_and_no_other() {
        let key = Key::new([7; 32]);
        let bytes = seal(&archive(), &key).unwrap();
        assert_eq!(open(&bytes, &key).unwrap(), archive());
        assert!(matches!(
            open(&bytes, &Key::new([8; 32])),
            Err(ArchiveError::Sealing(SealingError::NotAuthentic))
        ));
        assert_ne!(seal(&archive(), &key).unwrap(), bytes, "a nonce was used twice");
    }

    #[test]
    fn an_altered_byte_is_noticed_wherever_it_is() {
        let key = Key::new([7; 32]);
        let bytes = seal(&archive(), &key).unwrap();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            assert!(open(&altered, &key).is_err(), "byte {at}");
            assert!(open(&bytes[..at], &key).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_manifest_that_counts_other_rows_is_refused() {
        let key = Key::new([7; 32]);
        let mut more = archive();
        more.manifest.counts.insert("firms".into(), 2);
        assert!(matches!(seal(&more, &key), Err(ArchiveError::Count { .. })));
        let mut uncounted = archive();
        uncounted.manifest.counts.clear();
        assert!(matches!(seal(&uncounted, &key), Err(ArchiveError::Count { .. })));
    }
}
