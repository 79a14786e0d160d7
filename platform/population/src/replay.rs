//! Firms read from a file instead of generated.
//!
//! The file is UTF-8, one firm a line: JSON lines, or CSV when its name ends
//! in `.csv` (RFC 4180; the header names the fields; an empty cell is an absent
//! one). The fields are those of [`SimFirm`]; a nested one is an object in JSON
//! and a path such as `tax.arrears` in a CSV header. `data/firms.example.jsonl`
//! and `data/firms.example.csv` show both. Money is in fen, shares in parts per
//! million, dates `YYYY-MM-DD`. Three fields may be absent: `ratios`, or any of
//! them (`ratios.1` to `ratios.64`), `bankrupt` (then false) and `simulated`
//! (then false: a file is taken to be real). Everything else is required, and a
//! field that is not known is refused.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::fields;
use crate::firm::SimFirm;
use crate::record::{Record, Wrong, wrong};

/// Most firms in a file: at about 2 KB each they stay within 1 GB of memory.
const MOST_FIRMS: usize = 500_000;
/// Why a file of firms is refused.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It can't be read.
    #[error("the file is not readable")]
    Unreadable(#[from] std::io::Error),
    /// A line is not JSON, or not a CSV row.
    #[error("line {line}: not a {format} record")]
    Malformed {
        /// Counted from 1.
        line: u64,
        /// `JSON` or `CSV`.
        format: &'static str,
    },
    /// A field does not hold what it should.
    #[error("line {line}: field `{field}` {wanted}")]
    Field {
        /// Counted from 1.
        line: u64,
        /// The field's path.
        field: String,
        /// What it should hold.
        wanted: String,
    },
    /// No firm, or more than fit.
    #[error("the file must hold 1 to {MOST_FIRMS} firms")]
    Count,
}

/// The firms of a file, in its order.
#[derive(Debug, Clone)]
pub struct FirmFile {
    firms: Vec<SimFirm>,
    by_code: HashMap<String, usize>,
}

impl FirmFile {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Names the first line and field that is wrong.
    pub fn open(path: &Path) -> Result<Self, ReplayError> {
        let file = File::open(path)?;
        let csv = path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        if csv {
            Self::from_csv(file)
        } else {
            Self::from_json_lines(BufReader::new(file))
        }
    }

    /// Reads JSON lines; empty lines are passed over.
    ///
    /// # Errors
    /// Names the first line and field that is wrong.
    pub fn from_json_lines(lines: impl BufRead) -> Result<Self, ReplayError> {
        let mut file = Self {
            firms: Vec::new(),
            by_code: HashMap::new(),
        };
        for (line, text) in (1..).zip(lines.lines()) {
            let text = text?;
            if !text.trim().is_empty() {
                let value = serde_json::from_str(&text);
                let value = value.map_err(|_| ReplayError::Malformed { line, format: "JSON" })?;
                file.add(line, Record::from_json(value))?;
            }
        }
        file.complete()
    }

    /// Reads CSV with a header.
    ///
    /// # Errors
    /// Names the first line and field that is wrong.
    pub fn from_csv(text: impl Read) -> Result<Self, ReplayError> {
        let mut file = Self {
            firms: Vec::new(),
            by_code: HashMap::new(),
        };
        let mut rows = csv::Reader::from_reader(text);
        let header = rows.headers().map_err(|error| malformed_csv(&error, 1))?.clone();
        for (number, row) in (2..).zip(rows.records()) {
            let row = row.map_err(|error| malformed_csv(&error, number))?;
            let line = row.position().map_or(number, csv::Position::line);
            file.add(line, Ok(Record::from_cells(header.iter().zip(row.iter()))))?;
        }
        file.complete()
    }

    /// How many firms.
    #[must_use]
    pub fn len(&self) -> usize {
        self.firms.len()
    }

    /// Never true: a file without firms is refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.firms.is_empty()
    }

    /// Firm `n`, counted from 0.
    #[must_use]
    pub fn firm(&self, n: u64) -> Option<&SimFirm> {
        self.firms.get(usize::try_from(n).ok()?)
    }

    /// The firm with a credit code.
    #[must_use]
    pub fn by_credit_code(&self, credit_code: &str) -> Option<&SimFirm> {
        self.firms.get(*self.by_code.get(credit_code)?)
    }

    fn add(&mut self, line: u64, record: Result<Record, Wrong>) -> Result<(), ReplayError> {
        let named = |Wrong { field, wanted }| ReplayError::Field { line, field, wanted };
        let firm = record.and_then(fields::firm).map_err(named)?;
        if self.firms.len() >= MOST_FIRMS {
            return Err(ReplayError::Count);
        }
        if self
            .by_code
            .insert(firm.credit_code.clone(), self.firms.len())
            .is_some()
        {
            return Err(named(wrong("credit_code", "must not repeat an earlier line's")));
        }
        self.firms.push(firm);
        Ok(())
    }

    fn complete(self) -> Result<Self, ReplayError> {
        if self.firms.is_empty() {
            Err(ReplayError::Count)
        } else {
            Ok(self)
        }
    }
}

fn malformed_csv(error: &csv::Error, number: u64) -> ReplayError {
    let line = error.position().map_or(number, csv::Position::line);
    ReplayError::Malformed { line, format: "CSV" }
}
