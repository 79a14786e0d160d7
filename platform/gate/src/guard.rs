//! The SQL of one guard: when new business is refused, on either database.

use crate::keys::{intake, key};
use crate::place::{PLACES, Place};
use crate::{Event, Gated, Scope};

/// One trigger on one table.
pub(crate) struct Guard {
    pub(crate) name: String,
    pub(crate) table: &'static str,
    /// What the trigger carries out on PostgreSQL.
    pub(crate) function: String,
    what: What,
}

enum What {
    /// New business is refused where its scope is not open.
    Refuse(Gated),
    /// What tells a row's scope stays as it is.
    Keep(&'static Place),
}

/// The function of PostgreSQL that keeps what tells a row's scope.
const KEEP: &str = "keep_intake_scope";

impl Guard {
    pub(crate) fn of(gated: &Gated) -> Self {
        let table = gated.table;
        let name = match gated.event {
            Event::Insert => format!("intake_gate_{table}_insert"),
            Event::Transition { column, to } => format!("intake_gate_{table}_{column}_{to}"),
            Event::Raise { column } => format!("intake_gate_{table}_{column}_raise"),
        };
        Self {
            name,
            table,
            function: format!("refuse_{}_of_{table}", gated.act.as_str()),
            what: What::Refuse(*gated),
        }
    }

    fn keeping(place: &'static Place) -> Self {
        Self {
            name: format!("intake_scope_{}", place.table),
            table: place.table,
            function: KEEP.to_owned(),
            what: What::Keep(place),
        }
    }

    /// All that a list needs.
    pub(crate) fn all(list: &[Gated]) -> Vec<Self> {
        let kept = PLACES
            .iter()
            .filter(|place| list.iter().any(|gated| gated.table == place.table));
        list.iter().map(Self::of).chain(kept.map(Self::keeping)).collect()
    }

    /// The change that it is about, as a condition on OLD and NEW; an insert has none.
    fn change(&self, differs: &str) -> Option<String> {
        match &self.what {
            What::Refuse(gated) => match gated.event {
                Event::Insert => None,
                // Not UPDATE OF: another trigger may set a column that the statement doesn't name.
                Event::Transition { column, to } => {
                    Some(format!("NEW.{column} = '{to}' AND OLD.{column} {differs} '{to}'"))
                }
                Event::Raise { column } => Some(format!("NEW.{column} > OLD.{column}")),
            },
            What::Keep(place) => {
                let changes = place
                    .fixed
                    .iter()
                    .map(|column| format!("NEW.{column} {differs} OLD.{column}"));
                Some(changes.collect::<Vec<_>>().join(" OR "))
            }
        }
    }

    const fn verb(&self) -> &'static str {
        match self.what {
            What::Refuse(Gated {
                event: Event::Insert, ..
            }) => "INSERT",
            _ => "UPDATE",
        }
    }

    /// The text is plain, so that every SQLite shell can still read the schema: a computed message
    /// would need 3.47. An insert is looked at when it is done: before, all its columns would be computed twice.
    pub(crate) fn sqlite(&self) -> String {
        let Self { name, table, .. } = self;
        let when = if self.verb() == "INSERT" {
            "AFTER"
        } else {
            "BEFORE"
        };
        let change = self.change("IS NOT");
        let (condition, refusal) = match &self.what {
            What::Keep(_) => (change.unwrap_or_default(), format!("intake_scope_fixed:{table}")),
            What::Refuse(gated) => {
                let change = change.map_or(String::new(), |change| format!("{change} AND "));
                let shut = format!(
                    "((SELECT state FROM intake_gate WHERE scope = '{}') IS NOT 'open' \
                     OR EXISTS (SELECT 1 FROM intake_gate g WHERE g.state <> 'open' AND {}))",
                    Scope::EVERYTHING,
                    matches(
                        gated,
                        "",
                        "=",
                        "substr({value}, 1, length(g.region)) = g.region",
                        "1"
                    )
                );
                (
                    format!("{change}{shut}"),
                    format!("intake_closed:{}", gated.act.as_str()),
                )
            }
        };
        format!(
            "CREATE TRIGGER {name} {when} {} ON {table} FOR EACH ROW WHEN {condition} \
             BEGIN SELECT RAISE(ABORT, 'backstop:{refusal}'); END",
            self.verb()
        )
    }

    /// Always enabled: `session_replication_role = replica` does not pass it by.
    pub(crate) fn postgres(&self) -> String {
        let Self {
            name,
            table,
            function,
            ..
        } = self;
        let change = self
            .change("IS DISTINCT FROM")
            .map_or(String::new(), |change| format!(" WHEN ({change})"));
        format!(
            "CREATE TRIGGER {name} BEFORE {} ON {table} FOR EACH ROW{change} EXECUTE FUNCTION {function}();\n\
             ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
            self.verb()
        )
    }

    /// The body of its function on PostgreSQL, for tables of this (quoted) schema.
    pub(crate) fn body(&self, schema: &str) -> String {
        match &self.what {
            What::Keep(_) => include_str!("../migrations/keep.sql").to_owned(),
            What::Refuse(gated) => {
                let dot = format!("{schema}.");
                let starts = "pg_catalog.starts_with({value}, g.region)";
                include_str!("../migrations/refuse.sql")
                    .replace("{key}", &key(intake(gated.act)).to_string())
                    .replace("{schema}", &dot)
                    .replace("{everything}", Scope::EVERYTHING)
                    .replace(
                        "{matches}",
                        &matches(gated, &dot, "OPERATOR(pg_catalog.=)", starts, "true"),
                    )
            }
        }
    }
}

/// Whether the row `g` of the gate is about this change. What is not known counts as a match.
fn matches(gated: &Gated, schema: &str, equals: &str, region: &str, yes: &str) -> String {
    let place = PLACES.iter().find(|place| place.table == gated.table);
    let value = |column| place.map_or("NULL".to_owned(), |place| place.column(column, schema));
    let same = |column| format!("COALESCE(g.{column} {equals} {}, {yes})", value(column));
    format!(
        "COALESCE(g.act {equals} '{}', {yes}) AND {} AND {} AND COALESCE({}, {yes})",
        gated.act.as_str(),
        same("product"),
        same("channel"),
        region.replace("{value}", &value("region"))
    )
}
