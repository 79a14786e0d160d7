//! The data map: what kind of data every column of the live schema holds.
//!
//! The map itself is code beside the schema. Two questions keep it true, and a
//! test and the start-up both ask them: is there a column without a class
//! ([`unclassified`]), and a class without a column ([`absent`])?

use std::collections::BTreeSet;

/// How much harm a leak of a column does. C1–C3 follow JR/T 0171-2020 (personal
/// financial information); an enterprise's data that it gave or that a source
/// gave under its consent (tax, invoices, judicial, credit) are classed alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Account and customer data kept within the institution.
    C1,
    /// Data that identifies a customer or tells of its finances.
    C2,
    /// Data that authenticates a person: passwords, biometrics.
    C3,
    /// The institution's own data: identifiers, states, times, amounts of account.
    Internal,
    /// Meant for everybody.
    Public,
}

impl Class {
    /// Customer data: sealed, masked outward, purged at exit.
    #[must_use]
    pub fn is_customer_data(self) -> bool {
        matches!(self, Self::C1 | Self::C2 | Self::C3)
    }
}

/// One column's entry in the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Table, as in the schema.
    pub table: &'static str,
    /// Column, as in the schema.
    pub column: &'static str,
    /// What it holds.
    pub class: Class,
}

/// Columns of the live schema (table, column) that the map does not class.
#[must_use]
pub fn unclassified<S: AsRef<str>>(live: &[(S, S)], map: &[Column]) -> Vec<(String, String)> {
    let known: BTreeSet<(&str, &str)> = map.iter().map(|entry| (entry.table, entry.column)).collect();
    live.iter()
        .map(|(table, column)| (table.as_ref(), column.as_ref()))
        .filter(|name| !known.contains(name))
        .map(|(table, column)| (table.to_owned(), column.to_owned()))
        .collect()
}

/// Entries of the map whose column the live schema does not have: a rename
/// that left its class behind.
#[must_use]
pub fn absent<S: AsRef<str>>(live: &[(S, S)], map: &[Column]) -> Vec<Column> {
    let there: BTreeSet<(&str, &str)> = live
        .iter()
        .map(|(table, column)| (table.as_ref(), column.as_ref()))
        .collect();
    map.iter()
        .filter(|entry| !there.contains(&(entry.table, entry.column)))
        .copied()
        .collect()
}

/// Entries that class a column again: which of the two would count?
#[must_use]
pub fn repeated(map: &[Column]) -> Vec<Column> {
    let mut seen = BTreeSet::new();
    map.iter()
        .filter(|entry| !seen.insert((entry.table, entry.column)))
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &[Column] = &[
        Column {
            table: "firms",
            column: "id",
            class: Class::Internal,
        },
        Column {
            table: "firms",
            column: "name_sealed",
            class: Class::C2,
        },
    ];

    #[test]
    fn a_map_that_fits_the_schema_has_no_findings() {
        let live = [("firms", "id"), ("firms", "name_sealed")];
        assert!(unclassified(&live, MAP).is_empty());
        assert!(absent(&live, MAP).is_empty());
        assert!(repeated(MAP).is_empty());
    }

    #[test]
    fn a_new_column_is_found() {
        let live = [("firms", "id"), ("firms", "name_sealed"), ("firms", "nickname")];
        assert_eq!(
            unclassified(&live, MAP),
            [("firms".to_owned(), "nickname".to_owned())]
        );
    }

    #[test]
    fn the_same_name_in_another_table_is_another_column() {
        let live = [("firms", "id"), ("firms", "name_sealed"), ("loans", "id")];
        assert_eq!(unclassified(&live, MAP), [("loans".to_owned(), "id".to_owned())]);
    }

    #[test]
    fn a_dropped_column_leaves_an_entry_that_is_found() {
        assert_eq!(absent(&[("firms", "id")], MAP), [MAP[1]]);
    }

    #[test]
    fn classing_a_column_twice_is_found() {
        assert_eq!(repeated(&[MAP[0], MAP[1], MAP[0]]), [MAP[0]]);
    }
}
