//! What a person decided about each change of a schema.

use std::collections::BTreeSet;

use gate::Act;
use serde::Deserialize;

use crate::AdoptError;
use crate::stated::{On, Stated};

/// The longest description that is read.
const LONGEST: usize = 1024 * 1024;
/// The most entries of all lists together: some thousand tables.
const ENTRIES: usize = 20_000;
/// The most changes that bind: each is a trigger.
const BINDS: usize = 500;

/// A change of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A new row.
    Insert,
    /// A column that gets this value and had another.
    Transition {
        /// The column.
        column: String,
        /// Its new value.
        to: String,
    },
    /// A column that gets a higher value.
    Raise {
        /// The column.
        column: String,
    },
    /// Any other value of this column.
    Any {
        /// The column.
        column: String,
    },
}

/// A change by which the bank becomes bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The table.
    pub table: String,
    /// The change.
    pub change: Change,
    /// What scopes call it.
    pub act: Act,
}

/// A change that is let pass, on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spared {
    /// The table.
    pub table: String,
    /// The change.
    pub change: Change,
}

/// Every decision about one schema, as read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The schema.
    pub schema: String,
    /// What is guarded, by a trigger each.
    pub binds: Vec<Bound>,
    /// What was decided not to be.
    pub spared: Vec<Spared>,
    /// What somebody has still to decide.
    pub open: Vec<Spared>,
    /// The file, for the record.
    pub(crate) text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    #[serde(default)]
    binds: Vec<Stated>,
    #[serde(default)]
    spared: Vec<Stated>,
    #[serde(default)]
    decide: Vec<Stated>,
}

impl Description {
    /// Reads one.
    ///
    /// # Errors
    /// [`AdoptError::Description`], which names the entry, the field and the mend.
    pub fn parse(text: &str) -> Result<Self, AdoptError> {
        Self::read(text).map_err(AdoptError::Description)
    }

    fn read(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("the description has more than {LONGEST} bytes"));
        }
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        if file.binds.len() > BINDS {
            return Err(format!(
                "more than {BINDS} changes bind: that is no short list any more"
            ));
        }
        if file.binds.len() + file.spared.len() + file.decide.len() > ENTRIES {
            return Err(format!("more than {ENTRIES} entries"));
        }
        crate::stated::name("schema", &file.schema)?;
        if file.schema == crate::SCHEMA || file.schema.starts_with("pg_") {
            return Err(format!("schema: {:?} holds no business", file.schema));
        }
        let mut binds = Vec::with_capacity(file.binds.len());
        for (number, entry) in file.binds.into_iter().enumerate() {
            let at = |why: String| format!("binds, entry {} ({:?}): {why}", number + 1, entry.table);
            if entry.on == On::Any {
                return Err(at("on: \"any\" is for what is spared".to_owned()));
            }
            let act = entry.act().map_err(at)?;
            entry.why().map_err(at)?;
            let change = entry.change().map_err(at)?;
            binds.push(Bound {
                table: entry.table.clone(),
                change,
                act,
            });
        }
        let spared = passed("spared", file.spared, true)?;
        let open = passed("decide", file.decide, false)?;
        let description = Self {
            schema: file.schema,
            binds,
            spared,
            open,
            text: text.to_owned(),
        };
        description.each_once()?;
        Ok(description)
    }

    /// One decision for each change; a spared `any` leaves room for the values that bind.
    fn each_once(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        let all = self.binds.iter().map(|bound| (&bound.table, &bound.change));
        let others = self.spared.iter().chain(&self.open);
        for (table, change) in all.chain(others.map(|one| (&one.table, &one.change))) {
            if !seen.insert((table, change)) {
                return Err(format!("{table:?}: {change} is decided twice; keep one entry"));
            }
        }
        Ok(())
    }

    /// The act of a table's insert, if that binds.
    pub(crate) fn insert_act(&self, table: &str) -> Option<Act> {
        let found = self
            .binds
            .iter()
            .find(|one| one.table == table && one.change == Change::Insert);
        found.map(|one| one.act)
    }
}

fn passed(list: &str, entries: Vec<Stated>, decided: bool) -> Result<Vec<Spared>, String> {
    let mut spared = Vec::with_capacity(entries.len());
    for (number, entry) in entries.into_iter().enumerate() {
        let at = |why: String| format!("{list}, entry {} ({:?}): {why}", number + 1, entry.table);
        if decided {
            entry.why().map_err(at)?;
            if entry.act.is_some() {
                return Err(at(
                    "act: what is spared has none; leave it out, or move the entry to binds".to_owned(),
                ));
            }
        }
        let change = entry.change().map_err(at)?;
        spared.push(Spared {
            table: entry.table.clone(),
            change,
        });
    }
    Ok(spared)
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Insert => f.write_str("insert"),
            Self::Transition { column, to } => write!(f, "{column} -> {to}"),
            Self::Raise { column } => write!(f, "raise of {column}"),
            Self::Any { column } => write!(f, "{column} -> any"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
schema = "lending"
[[binds]]
table = "agreement"
on = "transition"
column = "status"
to = "signed"
act = "contract"
why = "the bank is bound"
[[spared]]
table = "agreement"
on = "any"
column = "status"
why = "all else ends it"
[[decide]]
table = "payout"
on = "insert"
"#;

    #[test]
    fn decisions_are_read() {
        let read = Description::parse(GOOD).unwrap();
        assert_eq!((read.binds.len(), read.spared.len(), read.open.len()), (1, 1, 1));
        assert_eq!(read.binds[0].act, Act::Contract);
        assert_eq!(read.binds[0].change.to_string(), "status -> signed");
        assert_eq!(read.insert_act("agreement"), None);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_mend() {
        for (from, to, names) in [
            (
                "\"contract\"",
                "\"loan\"",
                "application, contract, limit_increase, draw, renewal",
            ),
            ("act = \"contract\"\n", "", "act"),
            ("why = \"the bank is bound\"\n", "", "why"),
            ("to = \"signed\"\n", "", "to"),
            ("\"signed\"", "\"a\\nb\"", "to"),
            ("on = \"insert\"", "on = \"delete\"", "transition"),
            (
                "on = \"insert\"",
                "on = \"insert\"\ncolumn = \"status\"",
                "column",
            ),
            ("table = \"payout\"", "table = \"\"", "table"),
            ("table = \"payout\"", "table = \"a{b\"", "table"),
            ("\"lending\"", "\"backstop\"", "schema"),
            ("why = \"all else", "wy = \"all else", "wy"),
            ("on = \"any\"", "on = \"transition\"\nto = \"signed\"", "twice"),
            ("[[spared]]", "[[binds]]", "spared"),
        ] {
            let error = Description::parse(&GOOD.replacen(from, to, 1))
                .unwrap_err()
                .to_string();
            assert!(error.contains(names), "{from} -> {to}: {error}");
        }
    }
}
