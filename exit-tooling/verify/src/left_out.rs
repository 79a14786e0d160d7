//! Columns that an exit left out of its archive: only what no law keeps may be.

use std::collections::BTreeSet;

use certificate::record::Record;
use store::data_map::COLUMNS;
use vault::data_map::Retention;

use crate::findings::Findings;

/// What a record says was left out, by table and column.
pub(crate) struct LeftOut<'r>(BTreeSet<(&'r str, &'r str)>);

impl<'r> LeftOut<'r> {
    /// Of a record; a column of a table that went into the archive may be left out only where the data map says that
    /// nothing keeps it (a data source's raw answer), or where it is a blind index, which opens nothing.
    pub(crate) fn of(record: &'r Record, findings: &mut Findings) -> Self {
        let mut all = BTreeSet::new();
        for table in &record.tables {
            for column in &table.left_out {
                let known = COLUMNS
                    .iter()
                    .find(|known| known.table == table.table && known.column == *column);
                let raw = known
                    .and_then(store::labels::of)
                    .is_some_and(|labels| labels.retention == Retention::RawAnswer);
                if raw || column.ends_with("_index") {
                    all.insert((table.table.as_str(), column.as_str()));
                } else {
                    let subject = format!("{}.{column}", table.table);
                    findings.add("archive-column-missing", subject, "left out, and law keeps it");
                }
            }
        }
        Self(all)
    }

    /// Whether a column was left out, and had to be.
    pub(crate) fn has(&self, table: &str, column: &str) -> bool {
        self.0.contains(&(table, column))
    }

    /// The columns of a table that had to be left out.
    pub(crate) fn of_table(&self, table: &str) -> impl Iterator<Item = &'r str> {
        self.0
            .iter()
            .filter(move |(of, _)| *of == table)
            .map(|(_, column)| *column)
    }
}
