//! One entry of a description, as it is written.

use gate::Act;
use serde::Deserialize;

use crate::Change;

/// What happens to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum On {
    /// It is new.
    Insert,
    /// `column` gets the value `to`, and had another.
    Transition,
    /// `column` gets a higher value.
    Raise,
    /// `column` gets any value that no other entry names.
    Any,
}

/// The same fields in every list, so that deciding is moving an entry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stated {
    pub(crate) table: String,
    pub(crate) on: On,
    column: Option<String>,
    to: Option<String>,
    pub(crate) act: Option<String>,
    why: Option<String>,
}

impl Stated {
    pub(crate) fn change(&self) -> Result<Change, String> {
        name("table", &self.table)?;
        let column = match (self.on, &self.column) {
            (On::Insert, None) => String::new(),
            (On::Insert, Some(_)) => return Err("column: an insert has none; leave it out".to_owned()),
            (_, None) => return Err("column: missing; which column is it about?".to_owned()),
            (_, Some(column)) => name("column", column).map(|()| column.clone())?,
        };
        let to = match (self.on, &self.to) {
            (On::Transition, Some(to)) => value(to)?,
            (On::Transition, None) => return Err("to: missing; which value does the column get?".to_owned()),
            (_, None) => String::new(),
            (_, Some(_)) => return Err("to: only a transition has it; leave it out".to_owned()),
        };
        Ok(match self.on {
            On::Insert => Change::Insert,
            On::Transition => Change::Transition { column, to },
            On::Raise => Change::Raise { column },
            On::Any => Change::Any { column },
        })
    }

    pub(crate) fn act(&self) -> Result<Act, String> {
        let names: Vec<_> = Act::ALL.iter().map(|act| act.as_str()).collect();
        let given = self.act.as_deref();
        let act = Act::ALL.iter().find(|act| Some(act.as_str()) == given);
        act.copied()
            .ok_or_else(|| format!("act: one of {}", names.join(", ")))
    }

    /// A decision says why, so that the next person can judge it.
    pub(crate) fn why(&self) -> Result<(), String> {
        let why = self.why.as_deref().map_or(0, |why| why.trim().chars().count());
        if (1..=300).contains(&why) {
            Ok(())
        } else {
            Err("why: say in 1–300 characters why it binds or does not".to_owned())
        }
    }
}

/// A name of theirs: whatever PostgreSQL takes (63 bytes), but no braces and nothing that does not print.
pub(crate) fn name(field: &str, name: &str) -> Result<(), String> {
    let strange = |c: char| c.is_control() || c == '{' || c == '}';
    if (1..=63).contains(&name.len()) && !name.chars().any(strange) {
        Ok(())
    } else {
        Err(format!(
            "{field}: 1–63 bytes, without braces and control characters"
        ))
    }
}

fn value(to: &str) -> Result<String, String> {
    if to.len() <= 200 && !to.chars().any(char::is_control) {
        Ok(to.to_owned())
    } else {
        Err("to: at most 200 bytes, on one line".to_owned())
    }
}
