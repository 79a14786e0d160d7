//! The triggers that a description asks for.

use std::fmt::Write as _;

use gate::Act;
use gate::foreign::{self, Foreign};
use sha2::{Digest, Sha256};

use crate::{Change, Description, SCHEMA};

/// A trigger on one of their tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// The act whose function it calls.
    pub act: Act,
    /// What makes it: two statements.
    pub sql: String,
}

/// Triggers of one kind run by the order of their names, and what runs later may change the row: so these are last.
const LAST: &str = "zz_intake";

/// All of a description.
#[must_use]
pub fn of(description: &Description) -> Vec<Trigger> {
    let mut all = Vec::new();
    for bound in &description.binds {
        let Some(change) = change(&bound.change) else {
            continue;
        };
        let of = Foreign {
            schema: &description.schema,
            table: &bound.table,
            change,
            act: bound.act,
            insert: description.insert_act(&bound.table),
        };
        for (name, sql) in foreign::triggers(&of, SCHEMA, &name(&bound.change)) {
            let (table, act) = (bound.table.clone(), bound.act);
            all.push(Trigger {
                table,
                name,
                act,
                sql,
            });
        }
    }
    all
}

fn change(change: &Change) -> Option<foreign::Change<'_>> {
    Some(match change {
        Change::Insert => foreign::Change::Insert,
        Change::Transition { column, to } => foreign::Change::Transition { column, to },
        Change::Raise { column } => foreign::Change::Raise { column },
        Change::Any { .. } => return None,
    })
}

/// Eight digits keep apart what a readable name of 63 bytes could not.
fn name(change: &Change) -> String {
    let (kind, of, told) = match change {
        Change::Insert | Change::Any { .. } => return format!("{LAST}_insert"),
        Change::Transition { column, to } => ("to", format!("{column}\0{to}"), to),
        Change::Raise { column } => ("raise", column.clone(), column),
    };
    let digest = Sha256::digest(of.as_bytes());
    let mut name = format!("{LAST}_{kind}");
    let plain: String = told
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(24)
        .collect();
    if !plain.is_empty() {
        let _written = write!(name, "_{}", plain.to_lowercase());
    }
    name.push('_');
    for byte in digest.iter().take(4) {
        let _written = write!(name, "{byte:02x}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_differ() {
        let to = |column: &str, to: &str| {
            name(&Change::Transition {
                column: column.to_owned(),
                to: to.to_owned(),
            })
        };
        assert!(to("status", "signed").starts_with("zz_intake_to_signed_"));
        assert_ne!(to("a_b", "c"), to("a", "b_c"));
        assert_ne!(to("状态", "已签约"), to("状态", "已放款"));
        assert!(to(&"x".repeat(63), &"y".repeat(200)).len() + "_born".len() <= 63);
    }
}
