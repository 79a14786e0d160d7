//! Rows that an exit took out: gone, and not lost.
//!
//! An exit leaves a line for every row that it deletes, in the same transaction. A row that is gone without a line
//! was lost; a database that never had an exit has no such table, or an empty one.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use crate::source::{DatabaseError, Dialect, Source};

/// The digests of what left, 32 bytes a row: a million rows are 50 MB.
#[derive(Debug, Default)]
pub(crate) struct Purged(HashSet<[u8; 32]>);

impl Purged {
    /// Reads the lines of all exits.
    ///
    /// # Errors
    /// When the database can't be read.
    pub(crate) async fn read(source: &mut Source) -> Result<Self, DatabaseError> {
        // Asked for first: a query that fails would end the snapshot that everything else is read from.
        let there = match source.dialect() {
            Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'exit_rows'",
            Dialect::Postgres => "SELECT 'exit_rows' WHERE to_regclass('exit_rows') IS NOT NULL",
        };
        if source.rows("whether there were exits", there).await?.is_empty() {
            return Ok(Self::default());
        }
        // Under an exit that is on record: a line by itself excuses nothing.
        let sql = "SELECT row_digest FROM exit_rows JOIN exits ON exits.id = exit_rows.exit_id";
        let mut purged = HashSet::new();
        for row in source.rows("what exits took out", sql).await? {
            purged.extend(parsed(row.text(0)?));
        }
        Ok(Self(purged))
    }

    /// Whether an exit took out the row of this key; the parts of a longer key are joined by `/`.
    pub(crate) fn holds(&self, table: &str, key: &str) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let digest = Sha256::new()
            .chain_update(table)
            .chain_update([0])
            .chain_update(key);
        self.0.contains(<[u8; 32]>::from(digest.finalize()).as_slice())
    }
}

fn parsed(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
