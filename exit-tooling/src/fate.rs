//! What becomes of a table's rows when their customer leaves: kept in the archive for as long as law says, or gone.

use std::collections::BTreeSet;

use store::data_map::COLUMNS;
use vault::data_map::{Column, Retention};

use crate::retention::Rules;
use crate::tables::{OF_A_CUSTOMER, OUTBOX};

/// Blind indexes tell who somebody is as long as their key lives, and nothing that law keeps needs them.
pub const BLIND: &[(&str, &str)] = &[("firms", "credit_code_index")];

/// What becomes of the rows of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// The table.
    pub table: &'static str,
    /// The columns that go into the archive; none if nothing keeps the rows.
    pub kept: Vec<&'static str>,
    /// The rules that say so.
    pub rules: BTreeSet<String>,
    /// Those among them that nobody has verified.
    pub unverified: BTreeSet<String>,
}

impl Fate {
    /// Whether its rows go into the archive before they go.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Columns that archived rows lack.
    pub(crate) fn left_out(&self) -> impl Iterator<Item = String> {
        let of = COLUMNS
            .iter()
            .filter(|column| self.is_archived() && column.table == self.table);
        let missing = of.filter(|column| !self.kept.contains(&column.column));
        missing.map(|column| column.column.to_owned())
    }

    /// The word for it in `exit_rows`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.is_archived() { "archived" } else { "deleted" }
    }
}

/// The fates of all tables with rows of a customer whose last act was then, at a time; microseconds since 1970.
#[must_use]
pub fn fates(rules: &Rules, last_act: i64, now: i64) -> Vec<Fate> {
    let tables = OF_A_CUSTOMER.iter().map(|table| table.name).chain([OUTBOX]);
    tables.map(|table| fate(table, rules, last_act, now)).collect()
}

fn fate(table: &'static str, rules: &Rules, last_act: i64, now: i64) -> Fate {
    let mut fate = Fate {
        table,
        kept: Vec::new(),
        rules: BTreeSet::new(),
        unverified: BTreeSet::new(),
    };
    let mut keeps_something = false;
    for column in COLUMNS.iter().filter(|column| column.table == table) {
        let Some(class) = class(column) else { continue };
        let ruled = rules.of(class, last_act, now);
        fate.rules.extend(ruled.rules);
        fate.unverified.extend(ruled.unverified);
        if ruled.kept && !BLIND.contains(&(table, column.column)) {
            keeps_something = true;
            fate.kept.push(column.column);
        }
    }
    if !keeps_something {
        fate.kept.clear();
    }
    fate
}

fn class(column: &Column) -> Option<Retention> {
    store::labels::of(column).map(|labels| labels.retention)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_blind_index_of_the_data_map_is_named() {
        let mapped: Vec<_> = COLUMNS
            .iter()
            .filter(|column| column.column.ends_with("_index"))
            .filter(|column| OF_A_CUSTOMER.iter().any(|table| table.name == column.table))
            .map(|column| (column.table, column.column))
            .collect();
        assert_eq!(mapped, BLIND);
    }
}
