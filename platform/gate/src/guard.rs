//! The SQL of one guard: when new business is refused, on either database.

use db::Dialect;

use crate::flag;
use crate::keys::{intake, key};
use crate::place::{PLACES, Place};
use crate::{Event, Gated, Scope};

/// One trigger on one table.
pub(crate) struct Guard {
    pub(crate) name: String,
    pub(crate) table: &'static str,
    /// What the trigger carries out on PostgreSQL.
    pub(crate) function: String,
    /// `INSERT` or `UPDATE`.
    verb: &'static str,
    /// The change that it is about, as a condition on OLD and NEW, where `{differs}` compares with NULL.
    change: Option<String>,
    /// What is refused where its scope is not open; without it, the change is refused always.
    refuses: Option<Gated>,
    /// Of an insert: what a row is that is born where a gated transition leads to, if that is another act. On
    /// PostgreSQL each has a trigger of its own; on SQLite every trigger costs an insert, so there is one for all.
    births: Vec<Gated>,
}

/// The function of PostgreSQL that keeps what tells a row's scope.
const KEEP: &str = "keep_intake_scope";

impl Guard {
    pub(crate) fn of(gated: &Gated) -> Self {
        let table = gated.table;
        let (name, change) = match gated.event {
            Event::Insert => (format!("intake_gate_{table}_insert"), None),
            // Not UPDATE OF: another trigger may set a column that the statement doesn't name.
            Event::Transition { column, to } => (
                format!("intake_gate_{table}_{column}_{to}"),
                Some(format!(
                    "NEW.{column} = '{to}' AND OLD.{column} {{differs}} '{to}'"
                )),
            ),
            Event::Raise { column } => (
                format!("intake_gate_{table}_{column}_raise"),
                Some(format!("NEW.{column} > OLD.{column}")),
            ),
        };
        Self {
            name,
            table,
            function: format!("refuse_{}_of_{table}", gated.act.as_str()),
            verb: if change.is_some() { "UPDATE" } else { "INSERT" },
            change,
            refuses: Some(*gated),
            births: Vec::new(),
        }
    }

    /// The guard of a change, and of an insert what it must look at besides.
    fn whole(gated: &Gated, list: &[Gated]) -> Self {
        let births = list.iter().filter(|other| {
            gated.event == Event::Insert
                && other.table == gated.table
                && other.act != gated.act
                && matches!(other.event, Event::Transition { .. })
        });
        Self {
            births: births.copied().collect(),
            ..Self::of(gated)
        }
    }

    /// A row that is born where a gated transition leads to, if its insert is another act.
    pub(crate) fn of_birth(gated: &Gated, list: &[Gated]) -> Option<Self> {
        let Event::Transition { column, to } = gated.event else {
            return None;
        };
        let insert = list
            .iter()
            .find(|one| one.table == gated.table && one.event == Event::Insert);
        let Self {
            name,
            table,
            function,
            ..
        } = Self::of(gated);
        let guard = Self {
            name: format!("{name}_insert"),
            table,
            function,
            verb: "INSERT",
            change: Some(format!("NEW.{column} = '{to}'")),
            refuses: Some(*gated),
            births: Vec::new(),
        };
        insert
            .is_none_or(|insert| insert.act != gated.act)
            .then_some(guard)
    }

    fn keeping(place: &Place) -> Self {
        let changes = place
            .fixed
            .iter()
            .map(|column| format!("NEW.{column} {{differs}} OLD.{column}"));
        Self {
            name: format!("intake_scope_{}", place.table),
            table: place.table,
            function: KEEP.to_owned(),
            verb: "UPDATE",
            change: Some(changes.collect::<Vec<_>>().join(" OR ")),
            refuses: None,
            births: Vec::new(),
        }
    }

    /// All that a list needs on this database.
    pub(crate) fn all(list: &[Gated], dialect: Dialect) -> Vec<Self> {
        let kept = PLACES
            .iter()
            .filter(|place| list.iter().any(|gated| gated.table == place.table));
        let births: &[Gated] = match dialect {
            Dialect::Sqlite => &[],
            Dialect::Postgres => list,
        };
        list.iter()
            .map(|gated| Self::whole(gated, list))
            .chain(births.iter().filter_map(|gated| Self::of_birth(gated, list)))
            .chain(kept.map(Self::keeping))
            .collect()
    }

    fn change(&self, differs: &str) -> Option<String> {
        self.change
            .as_ref()
            .map(|change| change.replace("{differs}", differs))
    }

    /// The text is plain, so that every SQLite shell can still read the schema: a computed message
    /// would need 3.47. An insert is looked at when it is done: before, all its columns would be computed twice.
    pub(crate) fn sqlite(&self) -> String {
        let Self {
            name, table, verb, ..
        } = self;
        let when = if *verb == "INSERT" { "AFTER" } else { "BEFORE" };
        let shut = self.refuses.map(|gated| {
            let births = self.births.iter().filter_map(|born| match born.event {
                Event::Transition { column, to } => Some(format!(
                    " OR (NEW.{column} = '{to}' AND {})",
                    shut_on_sqlite(born)
                )),
                Event::Insert | Event::Raise { .. } => None,
            });
            let births: String = births.collect();
            format!("{SOMETHING_IS_SHUT} AND ({}{births})", shut_on_sqlite(&gated))
        });
        let refusal = self.refuses.map_or_else(
            || format!("intake_scope_fixed:{table}"),
            |gated| format!("intake_closed:{}", gated.act.as_str()),
        );
        let condition: Vec<String> = self.change("IS NOT").into_iter().chain(shut).collect();
        format!(
            "CREATE TRIGGER {name} {when} {verb} ON {table} FOR EACH ROW WHEN {} \
             BEGIN SELECT RAISE(ABORT, 'backstop:{refusal}'); END",
            condition.join(" AND ")
        )
    }

    /// Always enabled: `session_replication_role = replica` does not pass it by.
    pub(crate) fn postgres(&self) -> String {
        let Self {
            name,
            table,
            function,
            verb,
            ..
        } = self;
        let change = self
            .change("IS DISTINCT FROM")
            .map(|change| format!("({change})"));
        let flag = self.flagged().map(|gated| flag::up(gated.act));
        let when: Vec<String> = change.into_iter().chain(flag).collect();
        format!(
            "CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW WHEN ({}) EXECUTE FUNCTION {function}();\n\
             ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
            when.join(" AND ")
        )
    }

    /// The change whose trigger looks at the flag first. A row that is born further on is rare, and every insert
    /// would pay for that condition: there the function is called at once.
    fn flagged(&self) -> Option<Gated> {
        let birth = self.verb == "INSERT" && self.change.is_some();
        self.refuses.filter(|_| !birth)
    }

    /// What PostgreSQL says of a trigger that is as it was made, among other things.
    pub(crate) fn marks(&self) -> Vec<String> {
        let Self {
            table,
            function,
            verb,
            ..
        } = self;
        let mut marks = vec![
            format!("BEFORE {verb} ON"),
            format!("{table} FOR EACH ROW WHEN"),
            format!("{function}()"),
        ];
        marks.extend(self.flagged().iter().flat_map(|gated| flag::marks(gated.act)));
        marks
    }

    /// The body of its function on PostgreSQL, for tables of this (quoted) schema.
    pub(crate) fn body(&self, schema: &str) -> String {
        let Some(gated) = &self.refuses else {
            return include_str!("../migrations/keep.sql").to_owned();
        };
        let dot = format!("{schema}.");
        let starts = "pg_catalog.starts_with({value}, g.region)";
        include_str!("../migrations/refuse.sql")
            .replace("{key}", &key(intake(gated.act)).to_string())
            .replace("{schema}", &dot)
            .replace("{everything}", Scope::EVERYTHING)
            .replace("{state}", state(gated))
            .replace(
                "{matches}",
                &matches(gated, &dot, "OPERATOR(pg_catalog.=)", starts, "true"),
            )
    }
}

/// On SQLite: a look into an index that is empty otherwise, before all else.
const SOMETHING_IS_SHUT: &str = "EXISTS (SELECT 1 FROM intake_gate WHERE state <> 'open')";

/// Whether it is not open for a change, on SQLite.
fn shut_on_sqlite(gated: &Gated) -> String {
    let starts = "substr({value}, 1, length(g.region)) = g.region";
    if gated.act.only_by_name() {
        return format!(
            "((SELECT {state} FROM intake_gate g WHERE g.scope = '{}') IS NOT 'open' \
             OR EXISTS (SELECT 1 FROM intake_gate g WHERE {state} <> 'open' AND {}))",
            Scope::EVERYTHING,
            matches(gated, "", "=", starts, "1"),
            state = state(gated),
        );
    }
    format!(
        "((SELECT state FROM intake_gate WHERE scope = '{}') IS NOT 'open' \
         OR EXISTS (SELECT 1 FROM intake_gate g WHERE g.state <> 'open' AND {}))",
        Scope::EVERYTHING,
        matches(gated, "", "=", starts, "1")
    )
}

/// How the row `g` of the gate stands for this change. A row that names no act says nothing of existing business,
/// except while the database is known to have lost later changes: a closing that named the act may be among them.
fn state(gated: &Gated) -> &'static str {
    if gated.act.only_by_name() {
        "(CASE WHEN g.act IS NULL AND g.unverified_since IS NULL THEN 'open' ELSE g.state END)"
    } else {
        "g.state"
    }
}

/// Whether the row `g` of the gate is about this change. What is not there (NULL) counts as a match.
fn matches(gated: &Gated, schema: &str, equals: &str, region: &str, yes: &str) -> String {
    let place = PLACES.iter().find(|place| place.table == gated.table);
    let value = |column| place.map_or("NULL".to_owned(), |place| place.column(column, schema, equals));
    let same = |column| format!("COALESCE(g.{column} {equals} {}, {yes})", value(column));
    format!(
        "COALESCE(g.act {equals} '{}', {yes}) AND {} AND {} AND COALESCE({}, {yes})",
        gated.act.as_str(),
        same("product"),
        same("channel"),
        region.replace("{value}", &value("region"))
    )
}
