//! The same guard for tables of a schema that is not ours (PostgreSQL).
//!
//! The text is [`Guard`]'s own, with placeholders where its list has plain words, so that a change of the guard is a
//! change of both. Rows there have no application of ours that would tell a product, channel or region: what is not
//! known counts as a match, so such a closing holds them back too.

use std::sync::LazyLock;

use db::{Db, Migration};

use crate::flag::{self, FLAG};
use crate::guard::Guard;
use crate::{Act, Event, GateError, Gated, triggers};

/// A change of one of their tables. Names are those of the catalog, unquoted.
#[derive(Debug, Clone, Copy)]
pub struct Foreign<'a> {
    /// Their schema.
    pub schema: &'a str,
    /// Their table.
    pub table: &'a str,
    /// The change.
    pub change: Change<'a>,
    /// What scopes call it.
    pub act: Act,
    /// What the insert of that table is, if that binds.
    pub insert: Option<Act>,
}

/// A change of a row.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// A new row.
    Insert,
    /// A row whose column gets this value and had another.
    Transition {
        /// The column.
        column: &'a str,
        /// Its new value.
        to: &'a str,
    },
    /// A row whose column gets a higher value.
    Raise {
        /// The column.
        column: &'a str,
    },
}

/// What the gate's own tables are made by, in the schema that is first in the search path.
#[must_use]
pub fn migration() -> Migration {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        format!(
            "{}-- @postgres\n{}DO $install$\nBEGIN\n{}END\n$install$;\n{}-- @both\n",
            include_str!("../migrations/tables.sql"),
            include_str!("../migrations/flag.sql"),
            triggers::lower(),
            include_str!("../migrations/closer.sql")
        )
    });
    Migration {
        id: "gate-foreign-0001-intake",
        sql: &SQL,
    }
}

/// What every role must be allowed for its own business to be looked at: of the gate's rows what the guard reads, and
/// neither who closed nor why.
#[must_use]
pub fn grants(gate: &str) -> Vec<String> {
    let gate = quoted(gate);
    vec![
        format!("GRANT USAGE ON SCHEMA {gate} TO PUBLIC"),
        format!(
            "GRANT SELECT (scope, act, product, channel, region, state, epoch, unverified_since) ON {gate}.intake_gate TO PUBLIC"
        ),
        format!("GRANT SELECT ON SEQUENCE {gate}.{FLAG} TO PUBLIC"),
    ]
}

/// Lowers the guards' flag where all is open, as a door does where a service runs: so that new business is cheap
/// again. Gives whether it is down.
///
/// # Errors
/// The database's refusal.
pub async fn lower(db: &Db) -> Result<bool, GateError> {
    flag::lower(db).await
}

/// Whether the guards' flag says that nothing is shut although something is.
///
/// # Errors
/// The database's refusal.
pub async fn flag_lies(db: &Db) -> Result<bool, GateError> {
    flag::lies(db).await
}

/// The name of the function of an act.
#[must_use]
pub fn function(act: Act) -> String {
    format!("refuse_{}", act.as_str())
}

/// Its body, which reads the gate in the schema `gate`.
#[must_use]
pub fn body(act: Act, gate: &str) -> String {
    Guard::of(&placeholder(Change::Insert, act)).body(&quoted(gate))
}

/// The SQL of the triggers of a change, each with the end that its name has besides `name`: its own and, where an
/// insert of another act could bear a row in that state, that of such an insert.
#[must_use]
pub fn triggers(of: &Foreign<'_>, gate: &str, name: &str) -> Vec<(String, String)> {
    let gated = placeholder(of.change, of.act);
    let insert = of.insert.map(|act| placeholder(Change::Insert, act));
    let list: Vec<Gated> = insert.into_iter().collect();
    let own = (name.to_owned(), Guard::of(&gated));
    let birth = Guard::of_birth(&gated, &list).map(|guard| (format!("{name}_born"), guard));
    let text = |(name, guard): (String, Guard)| {
        let sql = written(of, gate, &name, guard);
        (name, sql)
    };
    std::iter::once(own).chain(birth).map(text).collect()
}

const fn placeholder(change: Change<'_>, act: Act) -> Gated {
    Gated {
        table: "{table}",
        event: match change {
            Change::Insert => Event::Insert,
            Change::Transition { .. } => Event::Transition {
                column: "{column}",
                to: "{to}",
            },
            Change::Raise { .. } => Event::Raise { column: "{column}" },
        },
        act,
        why: "",
    }
}

/// Values come last, so that nothing is read into them.
fn written(of: &Foreign<'_>, gate: &str, name: &str, mut guard: Guard) -> String {
    "{name}".clone_into(&mut guard.name);
    guard.function = format!("{}.{}", quoted(gate), function(of.act));
    let (column, to) = match of.change {
        Change::Insert => ("", ""),
        Change::Transition { column, to } => (column, to),
        Change::Raise { column } => (column, ""),
    };
    guard
        .postgres()
        .replace("{name}", &quoted(name))
        .replace("{table}", &format!("{}.{}", quoted(of.schema), quoted(of.table)))
        .replace("{column}", &quoted(column))
        // By its schema, so that no search path leads to another one.
        .replace(&format!("'{FLAG}'"), &format!("'{}.{FLAG}'", quoted(gate)))
        .replace("'{to}'", &format!("'{}'", to.replace('\'', "''")))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(change: Change<'_>, insert: Option<Act>) -> Vec<(String, String)> {
        let of = Foreign {
            schema: "lending",
            table: "Loan \"x\"",
            change,
            act: Act::Contract,
            insert,
        };
        triggers(&of, "backstop", "zz")
    }

    #[test]
    fn names_and_values_are_quoted() {
        let (column, to) = ("status", "it's {table}");
        let found = texts(Change::Transition { column, to }, Some(Act::Contract));
        assert_eq!(found.len(), 1, "its insert is of the same act");
        let sql = &found[0].1;
        for part in [
            "CREATE TRIGGER \"zz\" BEFORE UPDATE ON \"lending\".\"Loan \"\"x\"\"\"",
            "NEW.\"status\" = 'it''s {table}'",
            "EXECUTE FUNCTION \"backstop\".refuse_contract()",
            "pg_sequence_last_value('\"backstop\".intake_flag'::pg_catalog.regclass)",
            "ENABLE ALWAYS TRIGGER \"zz\"",
        ] {
            assert!(sql.contains(part), "{part} in {sql}");
        }
        assert!(!sql.contains("{column}") && !sql.contains("{name}"), "{sql}");
    }

    #[test]
    fn a_row_may_be_born_where_a_transition_leads_to() {
        let (column, to) = ("status", "signed");
        for insert in [None, Some(Act::Application)] {
            let found = texts(Change::Transition { column, to }, insert);
            assert_eq!(found.len(), 2);
            assert_eq!(found[1].0, "zz_born");
            assert!(found[1].1.contains("BEFORE INSERT"), "{}", found[1].1);
        }
        assert_eq!(texts(Change::Insert, Some(Act::Contract)).len(), 1);
    }

    #[test]
    fn the_body_is_the_guards_own_and_knows_no_place() {
        let body = body(Act::Draw, "backstop");
        assert!(body.contains("\"backstop\".intake_gate g"), "{body}");
        assert!(!body.contains("applications") && !body.contains('{'), "{body}");
    }
}
