//! What nobody decided, and what was decided about something that is not there.

use std::collections::BTreeMap;

use crate::live::{Table, Values};
use crate::{Change, Description, Finding};

/// Differences between a description and the live schema.
pub(crate) fn undecided(description: &Description, live: &BTreeMap<String, Table>) -> Vec<Finding> {
    let mut found = Vec::new();
    let decided: Vec<(&str, &Change)> = description
        .binds
        .iter()
        .map(|one| (one.table.as_str(), &one.change))
        .chain(
            description
                .spared
                .iter()
                .map(|one| (one.table.as_str(), &one.change)),
        )
        .collect();
    for (name, table) in live {
        let here = |change: &Change| decided.contains(&(name.as_str(), change));
        if !here(&Change::Insert) {
            found.push(nobody(name, &Change::Insert));
        }
        for (column, values) in &table.states {
            let any = Change::Any {
                column: column.clone(),
            };
            if here(&any) {
                continue;
            }
            match values {
                Values::Unknown => found.push(nobody(name, &any)),
                Values::Listed(values) => {
                    let moves = values.iter().map(|to| Change::Transition {
                        column: column.clone(),
                        to: to.clone(),
                    });
                    found.extend(moves.filter(|one| !here(one)).map(|one| nobody(name, &one)));
                }
            }
        }
    }
    let still = description.open.iter().map(|one| nobody(&one.table, &one.change));
    for one in still {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    for (table, change) in decided {
        if let Some(what) = absent(live, table, change) {
            found.push(Finding::new("absent", format!("{table}: {change}"), what));
        }
    }
    found
}

fn nobody(table: &str, change: &Change) -> Finding {
    let mend = "decide whether it binds: add it to binds or spared, with act and why";
    Finding::new("undecided", format!("{table}: {change}"), mend)
}

/// Why a decision is about nothing, or would not be kept.
fn absent(live: &BTreeMap<String, Table>, table: &str, change: &Change) -> Option<&'static str> {
    let Some(found) = live.get(table) else {
        return Some("the schema has no such table: was it renamed?");
    };
    let (column, to) = match change {
        Change::Insert => return None,
        Change::Transition { column, to } => (column, Some(to)),
        Change::Raise { column } | Change::Any { column } => (column, None),
    };
    let Some(nullable) = found.nullable.get(column) else {
        return Some("the table has no such column: was it renamed?");
    };
    if *nullable && matches!(change, Change::Raise { .. }) {
        return Some("the column takes NULL, and a raise from NULL is not seen: make it NOT NULL");
    }
    let listed = found.states.get(column);
    match (listed, to) {
        (Some(Values::Listed(values)), Some(to)) if !values.contains(to) => {
            Some("the column never has this value: was it renamed?")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live() -> BTreeMap<String, Table> {
        let listed = Values::Listed(vec!["new".to_owned(), "signed".to_owned()]);
        let table = Table {
            states: [("status".to_owned(), listed)].into(),
            nullable: [("status".to_owned(), false), ("amount".to_owned(), true)].into(),
            ..Table::default()
        };
        [("agreement".to_owned(), table)].into()
    }

    fn found(rest: &str) -> Vec<String> {
        let text = format!("schema = \"lending\"\n{rest}");
        let description = Description::parse(&text).unwrap();
        let found = undecided(&description, &live());
        found
            .into_iter()
            .map(|one| format!("{} {}", one.kind, one.at))
            .collect()
    }

    const ALL: &str = "[[binds]]\ntable = \"agreement\"\non = \"transition\"\ncolumn = \"status\"\nto = \"signed\"\n\
        act = \"contract\"\nwhy = \"w\"\n[[spared]]\ntable = \"agreement\"\non = \"any\"\ncolumn = \"status\"\nwhy = \"w\"\n\
        [[spared]]\ntable = \"agreement\"\non = \"insert\"\nwhy = \"w\"\n";

    #[test]
    fn what_is_decided_is_no_finding_and_the_rest_is() {
        assert_eq!(found(ALL), Vec::<String>::new());
        assert_eq!(
            found(""),
            [
                "undecided agreement: insert",
                "undecided agreement: status -> new",
                "undecided agreement: status -> signed"
            ]
        );
    }

    #[test]
    fn what_a_person_left_open_is_found_once() {
        let open = "[[decide]]\ntable = \"agreement\"\non = \"raise\"\ncolumn = \"limit\"\n";
        assert_eq!(
            found(&format!("{ALL}{open}")),
            ["undecided agreement: raise of limit"]
        );
        assert_eq!(
            found("[[decide]]\ntable = \"agreement\"\non = \"insert\"\n").len(),
            3
        );
    }

    #[test]
    fn decisions_about_nothing_are_found() {
        for (from, to, wanted) in [
            (
                "to = \"signed\"",
                "to = \"sighed\"",
                "absent agreement: status -> sighed",
            ),
            (
                "on = \"insert\"",
                "on = \"any\"\ncolumn = \"colour\"",
                "absent agreement: colour -> any",
            ),
            (
                "column = \"status\"\nto = \"signed\"",
                "column = \"amount\"",
                "absent agreement: raise of amount",
            ),
        ] {
            let text = ALL.replacen(from, to, 1).replace(
                "\"transition\"\ncolumn = \"amount\"",
                "\"raise\"\ncolumn = \"amount\"",
            );
            assert!(
                found(&text).contains(&wanted.to_owned()),
                "{wanted}: {:?}",
                found(&text)
            );
        }
    }
}
