//! `record.json`: what an exit did, written by the program that did it.

use serde::{Deserialize, Serialize};

/// What [`Record::format`] says.
pub const FORMAT: &str = "backstop-exit-record/1";

/// What left: single customers, or all of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Customers by name.
    Firm,
    /// A product with all its customers.
    Product,
}

impl Scope {
    /// As the table `exits` has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Firm => "firm",
            Self::Product => "product",
        }
    }
}

/// What an exit did. No field holds customers' data or a customer's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// [`FORMAT`].
    pub format: String,
    /// Which exit: `exits.id`.
    pub exit_id: String,
    /// What left.
    pub scope: Scope,
    /// How many customers left.
    pub customers: u64,
    /// Lower-case hexadecimal SHA-256 of the approved plan in its one form (RFC 8785).
    pub plan_digest: String,
    /// Lower-case hexadecimal SHA-256 of the retention rules.
    pub rules_digest: String,
    /// The rules' name and version, as they name themselves.
    pub rules: String,
    /// Whether the rules were a rehearsal's: then nobody may take this for a real removal.
    pub rehearsal: bool,
    /// Which proposal approved it: `proposals.id`.
    pub proposal: String,
    /// The account that planned it.
    pub planner: String,
    /// The accounts that approved it, none of them the planner.
    pub approvers: Vec<String>,
    /// When it began, in µs since 1970 (UTC).
    pub started_at: i64,
    /// When it ended, in µs since 1970 (UTC).
    pub finished_at: i64,
    /// The program that did it, with its version.
    pub tool: String,
    /// The database's product and version, as it names itself.
    pub database: String,
    /// What became of each table's rows, in the order in which they went.
    pub tables: Vec<TableRecord>,
    /// How many keys of subjects the vault destroyed.
    pub keys_destroyed: u64,
    /// Which keys that wrap keys were made anew, so that an old copy of a wrapped key opens nothing.
    pub keks_rotated: Vec<KekRotation>,
    /// How the media were cleaned of what was deleted, in order.
    pub cleaning: Vec<Cleaning>,
    /// The archive of what law keeps; absent if there was nothing to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<ArchiveFile>,
}

/// What became of one table's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRecord {
    /// The table.
    pub table: String,
    /// The rules that decided it, by their ids.
    pub rules: Vec<String>,
    /// Rows deleted and kept nowhere.
    pub deleted: u64,
    /// Rows taken into the archive, and deleted from the database.
    pub archived: u64,
    /// Rows that stay where they are.
    pub kept: u64,
    /// Columns that no rule keeps, such as a data source's raw answers: archived rows lack them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// A key that wraps keys was made anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KekRotation {
    /// Whose: the vault's name of the custodian.
    pub custodian: String,
    /// The epoch that wraps from now on.
    pub epoch: u64,
}

/// One step of the cleaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cleaning {
    /// What was to be done: `vacuum`, `wal_truncate`, …
    pub step: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What else there is to say, or nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Done,
    /// There was nothing to do.
    NotNeeded,
    /// It could not be done, or not yet: the detail says why.
    NotDone,
}

/// The archive's file, as it lies beside the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveFile {
    /// The file's name, without a folder.
    pub file: String,
    /// Lower-case hexadecimal SHA-256 of its bytes.
    pub sha256: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Why a text is no record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// No JSON of a record: serde's line and column say where, without the text.
    #[error("the record is malformed at line {line}, column {column}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A record of another version.
    #[error("the record's format is not {FORMAT}")]
    Format,
    /// A record is some kilobytes.
    #[error("the record is longer than {MAX_BYTES} bytes")]
    TooLong,
}

/// A record has a line per table and step, some kilobytes in all; a megabyte is another file.
pub const MAX_BYTES: usize = 1 << 20;

impl Record {
    /// Reads a record.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn parse(text: &[u8]) -> Result<Self, RecordError> {
        if text.len() > MAX_BYTES {
            return Err(RecordError::TooLong);
        }
        let record: Self = serde_json::from_slice(text).map_err(|error| RecordError::Malformed {
            line: error.line(),
            column: error.column(),
        })?;
        if record.format == FORMAT {
            Ok(record)
        } else {
            Err(RecordError::Format)
        }
    }

    /// The record in its one form (RFC 8785).
    ///
    /// # Errors
    /// [`serde_json::Error`], which no record brings about.
    pub fn canonical(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_jcs::to_vec(self)
    }
}
