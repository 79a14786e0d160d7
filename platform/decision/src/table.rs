//! Decision tables: rows of conditions, and what follows when all of a row's hold.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use crate::condition::{Condition, ConditionError, Raw, Truth};
use crate::fields::Case;

/// Which rows count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hit {
    /// The first that holds.
    First,
    /// All that hold.
    Collect,
}

/// A table as the data writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTable {
    hit: Hit,
    rows: Vec<RawRow>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    when: Vec<Raw>,
    then: Value,
}

/// Why a table is refused.
#[derive(Debug, Error)]
pub enum TableError {
    /// The table has another hit policy than its use needs.
    #[error("table {table} must have hit policy {wanted:?}")]
    Hit {
        /// Name of the table.
        table: &'static str,
        /// What its use needs.
        wanted: Hit,
    },
    /// A table without rows decides nothing.
    #[error("table {0} has no rows")]
    Empty(&'static str),
    /// A condition of a row does not fit.
    #[error("table {table}, row {row}")]
    Condition {
        /// Name of the table.
        table: &'static str,
        /// Number of the row, from 1.
        row: usize,
        /// What does not fit.
        source: ConditionError,
    },
    /// The conclusion of a row is not what the table concludes.
    #[error("table {table}, row {row}: conclusion does not fit")]
    Conclusion {
        /// Name of the table.
        table: &'static str,
        /// Number of the row, from 1.
        row: usize,
        /// What does not fit.
        source: serde_json::Error,
    },
}

/// What a table says of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding<'t, T> {
    /// The conclusions that follow, in the order of the rows.
    pub(crate) hits: Vec<&'t T>,
    /// Whether a row that could matter could not be judged for want of data.
    pub(crate) undetermined: bool,
}

/// A checked table.
#[derive(Debug, Clone)]
pub(crate) struct Table<T> {
    hit: Hit,
    rows: Vec<(Vec<Condition>, T)>,
}

impl<T: DeserializeOwned> Table<T> {
    /// Checks every row: fields, operators, values, conclusion.
    pub(crate) fn parse(table: &'static str, wanted: Hit, raw: RawTable) -> Result<Self, TableError> {
        if raw.hit != wanted {
            return Err(TableError::Hit { table, wanted });
        }
        if raw.rows.is_empty() {
            return Err(TableError::Empty(table));
        }
        let mut rows = Vec::with_capacity(raw.rows.len());
        for (index, row) in raw.rows.into_iter().enumerate() {
            let number = index + 1;
            let conditions = row
                .when
                .iter()
                .map(Condition::parse)
                .collect::<Result<_, _>>()
                .map_err(|source| TableError::Condition {
                    table,
                    row: number,
                    source,
                })?;
            let then = serde_json::from_value(row.then).map_err(|source| TableError::Conclusion {
                table,
                row: number,
                source,
            })?;
            rows.push((conditions, then));
        }
        Ok(Self { hit: raw.hit, rows })
    }
}

impl<T> Table<T> {
    /// The conclusions of the rows, for checks across them.
    pub(crate) fn conclusions(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().map(|(_, then)| then)
    }

    /// Judges a case. A row that cannot be judged leaves a first-hit table
    /// undetermined, for with more data it might have been the first.
    pub(crate) fn judge(&self, case: &Case<'_>) -> Finding<'_, T> {
        let mut finding = Finding {
            hits: Vec::new(),
            undetermined: false,
        };
        for (conditions, then) in &self.rows {
            match all(conditions, case) {
                Truth::No => {}
                Truth::Unknown => finding.undetermined = true,
                Truth::Yes => finding.hits.push(then),
            }
            if self.hit == Hit::First && (finding.undetermined || !finding.hits.is_empty()) {
                break;
            }
        }
        finding
    }
}

/// No if any is no, else unknown if any is unknown, else yes; yes for none.
fn all(conditions: &[Condition], case: &Case<'_>) -> Truth {
    let mut truth = Truth::Yes;
    for condition in conditions {
        match condition.holds(case) {
            Truth::No => return Truth::No,
            Truth::Unknown => truth = Truth::Unknown,
            Truth::Yes => {}
        }
    }
    truth
}
