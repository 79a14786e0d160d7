//! The guard in the database: installed for both, and looked after.

use std::fmt::Write;

use db::{Db, Dialect, Tx};

use crate::flag;
use crate::guard::Guard;
use crate::{GATED, GateError, Gated};

/// SQL that installs the guard on a list, for [`Migration::sql`](db::Migration).
#[must_use]
pub fn install(list: &[Gated]) -> String {
    let mut sql = String::from("-- @sqlite\n");
    for guard in Guard::all(list, Dialect::Sqlite) {
        // Writing into a String does not fail.
        let _written = writeln!(sql, "{};", guard.sqlite());
    }
    let guards = Guard::all(list, Dialect::Postgres);
    sql.push_str("-- @postgres\n");
    sql.push_str(include_str!("../migrations/functions.sql"));
    sql.push_str("DO $install$\nBEGIN\n");
    sql.push_str(&lower());
    let mut made: Vec<&str> = Vec::new();
    for guard in guards.iter().filter(|guard| {
        let new = !made.contains(&guard.function.as_str());
        made.push(&guard.function);
        new
    }) {
        let _written = writeln!(
            sql,
            "EXECUTE replace($create$\nCREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql VOLATILE AS \
             $body${}$body$\n$create$, '{{schema}}', quote_ident(current_schema()));",
            guard.function,
            guard.body("{schema}")
        );
    }
    sql.push_str("END\n$install$;\n");
    for guard in &guards {
        let _written = writeln!(sql, "{};", guard.postgres());
    }
    sql.push_str("-- @both\n");
    sql
}

/// What names the schema in a body: the one that it is installed in.
pub(crate) fn lower() -> String {
    format!(
        "EXECUTE replace($create$\n{}$create$, '{{schema}}', quote_ident(current_schema()));\n",
        include_str!("../migrations/lower.sql")
    )
}

/// Names of triggers of [`GATED`] that the live schema lacks, has disabled or has in another text (on
/// PostgreSQL: with another function). Empty is good; anything else means that "closed" may not be closed.
///
/// # Errors
/// The database can't be asked.
pub async fn missing(db: &Db) -> Result<Vec<String>, GateError> {
    let mut missing = db
        .read(|tx| {
            Box::pin(async move {
                let mut missing = Vec::new();
                for guard in Guard::all(GATED, tx.dialect()) {
                    if !stands(tx, &guard).await? {
                        missing.push(guard.name);
                    }
                }
                let (names, sql) = match tx.dialect() {
                    Dialect::Sqlite => (
                        ON_SQLITE,
                        "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = $1 AND tbl_name = $2",
                    ),
                    Dialect::Postgres => (
                        ON_POSTGRES,
                        "SELECT 1::bigint FROM pg_trigger WHERE tgname = $1 AND tgrelid = to_regclass($2) \
                     AND tgenabled = 'A'",
                    ),
                };
                for (name, table) in names {
                    if tx.one(sql, &[(*name).into(), (*table).into()]).await?.is_none() {
                        missing.push((*name).to_owned());
                    }
                }
                Ok::<_, GateError>(missing)
            })
        })
        .await?;
    if flag::lies(db).await? {
        missing.push("intake_flag (it says that nothing is shut)".to_owned());
    }
    Ok(missing)
}

/// What keeps the row that says whether all is open.
const ON_SQLITE: &[(&str, &str)] = &[
    ("intake_gate_keep_row", "intake_gate"),
    ("intake_gate_keep_name", "intake_gate"),
];

/// What raises the flag, and keeps the sealed credential from more than closing.
const ON_POSTGRES: &[(&str, &str)] = &[
    ("intake_gate_raise_flag", "intake_gate"),
    ("intake_gate_truncate_raise_flag", "intake_gate"),
    ("intake_gate_close_only", "intake_gate"),
    ("intake_history_close_only", "intake_history"),
];

async fn stands(tx: &mut Tx, guard: &Guard) -> Result<bool, GateError> {
    match tx.dialect() {
        Dialect::Sqlite => {
            let sql = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = $1 AND tbl_name = $2";
            let row = tx.one(sql, &[(&guard.name).into(), guard.table.into()]).await?;
            Ok(row.is_some_and(|row| row.text(0) == Ok(guard.sqlite().as_str())))
        }
        Dialect::Postgres => {
            // 'A' is ENABLE ALWAYS; 'v' is VOLATILE.
            let sql = "SELECT p.prosrc, quote_ident(n.nspname), pg_get_triggerdef(t.oid) FROM pg_trigger t \
                       JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace \
                       WHERE t.tgname = $1 AND t.tgrelid = to_regclass($2) AND t.tgenabled = 'A' \
                       AND p.provolatile = 'v'";
            let row = tx.one(sql, &[(&guard.name).into(), guard.table.into()]).await?;
            row.map_or(Ok(false), |row| {
                let definition = row.text(2)?;
                let marked = guard.marks().iter().all(|mark| definition.contains(mark));
                Ok(marked && row.text(0)? == guard.body(row.text(1)?))
            })
        }
    }
}
