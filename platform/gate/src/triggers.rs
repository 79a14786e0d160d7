//! The guard itself: triggers, generated for both databases.

use std::fmt::Write;

use db::{Db, Dialect, Tx};

use crate::keys::{INTAKE, key};
use crate::{EVERYTHING, Event, GATED, GateError, Gated};

/// One trigger on one table.
struct Trigger {
    name: String,
    table: &'static str,
    /// `INSERT` or `UPDATE`.
    verb: &'static str,
    /// The transition, as a condition on OLD and NEW, per dialect.
    when: Option<[String; 2]>,
}

impl Trigger {
    fn of(gated: &Gated) -> Self {
        let table = gated.table;
        match gated.event {
            Event::Insert => Self {
                name: format!("intake_gate_{table}_insert"),
                table,
                verb: "INSERT",
                when: None,
            },
            Event::Transition { column, to } => Self {
                name: format!("intake_gate_{table}_{column}_{to}"),
                table,
                verb: "UPDATE",
                // Not UPDATE OF: another trigger may set a column that the statement doesn't name.
                when: Some(
                    ["IS NOT", "IS DISTINCT FROM"]
                        .map(|differs| format!("NEW.{column} = '{to}' AND OLD.{column} {differs} '{to}'")),
                ),
            },
        }
    }

    /// The text is plain, so that every SQLite shell can still read the schema:
    /// a computed message would need 3.47.
    fn sqlite(&self) -> String {
        let Self {
            name,
            table,
            verb,
            when,
        } = self;
        let when = when
            .as_ref()
            .map_or(String::new(), |[sqlite, _]| format!("{sqlite} AND "));
        format!(
            "CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW \
             WHEN {when}(SELECT state FROM intake_gate WHERE scope = '{EVERYTHING}') IS NOT 'open' \
             BEGIN SELECT RAISE(ABORT, 'backstop:intake_closed:{EVERYTHING}'); END"
        )
    }

    /// Always enabled: `session_replication_role = replica` does not pass it by.
    fn postgres(&self) -> String {
        let Self {
            name,
            table,
            verb,
            when,
        } = self;
        let when = when
            .as_ref()
            .map_or(String::new(), |[_, postgres]| format!(" WHEN ({postgres})"));
        format!(
            "CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW{when} \
             EXECUTE FUNCTION refuse_intake_unless_open();\n\
             ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
        )
    }
}

/// The trigger function of PostgreSQL, as its migration creates it.
fn function() -> String {
    include_str!("../migrations/function.sql").replace("{key}", &key(INTAKE).to_string())
}

/// The function's body as PostgreSQL keeps it, in this (quoted) schema.
fn body(schema: &str) -> String {
    let function = function();
    let body = function.split("$body$").nth(1).unwrap_or_default();
    body.replace("%1$I", schema).replace("%%", "%")
}

/// SQL that installs the guard on a list, for [`Migration::sql`](db::Migration).
#[must_use]
pub fn install(list: &[Gated]) -> String {
    let triggers: Vec<Trigger> = list.iter().map(Trigger::of).collect();
    let mut sql = String::from("-- @sqlite\n");
    for trigger in &triggers {
        // Writing into a String does not fail.
        let _written = writeln!(sql, "{};", trigger.sqlite());
    }
    sql.push_str("-- @postgres\n");
    sql.push_str(&function());
    for trigger in &triggers {
        let _written = writeln!(sql, "{};", trigger.postgres());
    }
    sql.push_str("-- @both\n");
    sql
}

/// Names of triggers of [`GATED`] that the live schema lacks, has disabled or
/// has in another text (on PostgreSQL: with another function). Empty is good; anything else means that "closed" may
/// not be closed.
///
/// # Errors
/// The database can't be asked.
pub async fn missing(db: &Db) -> Result<Vec<String>, GateError> {
    db.read(|tx| {
        Box::pin(async move {
            let mut missing = Vec::new();
            for trigger in GATED.iter().map(Trigger::of) {
                if !stands(tx, &trigger).await? {
                    missing.push(trigger.name);
                }
            }
            Ok(missing)
        })
    })
    .await
}

async fn stands(tx: &mut Tx, trigger: &Trigger) -> Result<bool, GateError> {
    match tx.dialect() {
        Dialect::Sqlite => {
            let sql = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = $1 AND tbl_name = $2";
            let row = tx
                .one(sql, &[(&trigger.name).into(), trigger.table.into()])
                .await?;
            Ok(row.is_some_and(|row| row.text(0) == Ok(trigger.sqlite().as_str())))
        }
        Dialect::Postgres => {
            // 'A' is ENABLE ALWAYS; 'v' is VOLATILE.
            let sql = "SELECT p.prosrc, quote_ident(n.nspname) FROM pg_trigger t \
                       JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace \
                       WHERE t.tgname = $1 AND t.tgrelid = to_regclass($2) AND t.tgenabled = 'A' \
                       AND p.provolatile = 'v'";
            let row = tx
                .one(sql, &[(&trigger.name).into(), trigger.table.into()])
                .await?;
            row.map_or(Ok(false), |row| Ok(row.text(0)? == body(row.text(1)?)))
        }
    }
}
