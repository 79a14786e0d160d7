//! `verification.json`: what the verifier looked at after an exit, and what it found.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What [`Verification::format`] says.
pub const FORMAT: &str = "backstop-exit-verification/1";

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing remains but what may, all that law keeps is there, and every place was looked into.
    Clean,
    /// Something remains that may not, or something that law keeps is missing.
    Remains,
    /// Some place was not looked into: that nothing was found there means nothing.
    NotLooked,
}

/// What the verifier found. No field holds a value that was searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// [`FORMAT`].
    pub format: String,
    /// Which exit.
    pub exit_id: String,
    /// Lower-case hexadecimal SHA-256 of the record in its one form (RFC 8785).
    pub record_sha256: String,
    /// The program that looked, with its version.
    pub tool: String,
    /// When the witness was made, before the exit, in µs since 1970 (UTC).
    pub witnessed_at: i64,
    /// When the search ended, in µs since 1970 (UTC).
    pub scanned_at: i64,
    /// The customers that were looked for.
    pub customers: u64,
    /// Their rows before the exit, by table.
    pub rows: BTreeMap<String, u64>,
    /// What was looked for, by kind.
    pub needles: BTreeMap<String, Needles>,
    /// What was looked into.
    pub looked: Looked,
    /// What was found that may be nowhere.
    pub hits: Vec<Hit>,
    /// Where tokens of the customers stay, as is meant: that and how many.
    pub residual: Vec<Residual>,
    /// What law keeps.
    pub kept: Kept,
    /// Everything else that is against it.
    pub findings: Vec<Finding>,
    /// Places that should have been looked into and were not.
    pub not_looked: Vec<String>,
    /// What came of it.
    pub verdict: Verdict,
}

/// Values of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needles {
    /// Distinct values that were searched for.
    pub searched: u64,
    /// Values too short or too common to be searched for: they would be found by chance.
    pub too_weak: u64,
    /// Forms of those that were searched for which are themselves too short, and were left out.
    pub forms_left_out: u64,
}

/// How much was looked into.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Looked {
    /// Tables, by query.
    pub tables: u64,
    /// Their rows.
    pub rows: u64,
    /// Files, byte by byte.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that went away between being listed and being opened.
    pub gone: u64,
    /// The files that belong to databases, in which tokens that may stay are not counted.
    pub database_files: u64,
}

/// Something that remains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hit {
    /// Which kind of value, such as `firms.name_sealed`.
    pub kind: String,
    /// The table and column, or the file.
    pub place: String,
    /// How it is written there.
    pub encoding: String,
    /// How many times.
    pub times: u64,
}

/// A place where tokens stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// The table and column, or the file.
    pub place: String,
    /// How many tokens of the customers stand there.
    pub times: u64,
}

/// What law keeps, as it was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Ledger entries of the customers that are unchanged since the witness.
    pub entries: u64,
    /// Postings of the customers that are unchanged since the witness.
    pub postings: u64,
    /// Rows in the archive, by table.
    pub archived: BTreeMap<String, u64>,
    /// Sealed fields in the archive whose value is the witnessed one.
    pub fields_compared: u64,
}

/// Something else that is against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What kind, a stable word such as `ledger-altered`.
    pub what: String,
    /// The table, file or count that it is about.
    pub subject: String,
    /// Expected and found, for a person.
    pub detail: String,
}

/// Why a text is no verification.
#[derive(Debug, thiserror::Error)]
pub enum VerificationError {
    /// No JSON of a verification: serde's line and column say where, without the text.
    #[error("the verification is malformed at line {line}, column {column}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// One of another version.
    #[error("the verification's format is not {FORMAT}")]
    Format,
    /// Too long.
    #[error("the verification is longer than {MAX_BYTES} bytes")]
    TooLong,
}

/// Hits and findings are listed up to some hundreds; four megabytes are another file.
pub const MAX_BYTES: usize = 4 << 20;

impl Verification {
    /// Reads one.
    ///
    /// # Errors
    /// [`VerificationError`].
    pub fn parse(text: &[u8]) -> Result<Self, VerificationError> {
        if text.len() > MAX_BYTES {
            return Err(VerificationError::TooLong);
        }
        let read: Result<Self, _> = serde_json::from_slice(text);
        let read = read.map_err(|error| VerificationError::Malformed {
            line: error.line(),
            column: error.column(),
        })?;
        if read.format == FORMAT {
            Ok(read)
        } else {
            Err(VerificationError::Format)
        }
    }
}
