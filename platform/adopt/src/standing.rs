//! What stands of the gate on their tables.

use db::Tx;
use gate::Act;

use crate::{AdoptError, SCHEMA};

/// A trigger on a table of theirs that calls a function of the gate.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) table: String,
    pub(crate) name: String,
    /// Always enabled, also where `session_replication_role` is `replica`.
    pub(crate) always: bool,
    /// The function that it calls.
    pub(crate) function: String,
    /// How the server tells it now.
    pub(crate) now: String,
    /// The text that made it, and how the server told it then; nothing if nobody here made it.
    pub(crate) made: Option<(String, String)>,
    /// Partitions on which it does not stand, or is not always enabled.
    pub(crate) gaps: i64,
}

/// A function of the gate: its name, and whether it is as it has to be.
pub(crate) struct Function {
    pub(crate) act: Act,
    pub(crate) stands: bool,
}

/// All on the tables of a schema, those of partitions left out.
pub(crate) async fn triggers(tx: &mut Tx, schema: &str) -> Result<Vec<Standing>, AdoptError> {
    let sql = "SELECT c.relname::text, t.tgname::text, CASE WHEN t.tgenabled = 'A' THEN 1::bigint ELSE 0::bigint END, \
               p.proname::text, pg_catalog.pg_get_triggerdef(t.oid), k.made_by, k.stands, \
               (SELECT COUNT(*) FROM pg_catalog.pg_partition_tree(c.oid) l WHERE l.isleaf AND l.relid <> c.oid \
                AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_trigger x WHERE x.tgrelid = l.relid \
                  AND x.tgfoid = t.tgfoid AND x.tgtype = t.tgtype AND x.tgname = t.tgname AND x.tgenabled = 'A')) \
               FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid \
               JOIN pg_catalog.pg_namespace f ON f.oid = p.pronamespace \
               LEFT JOIN intake_triggers k ON k.schema_name = n.nspname AND k.table_name = c.relname \
                 AND k.trigger_name = t.tgname \
               WHERE n.nspname = $1 AND f.nspname = $2 AND NOT c.relispartition AND NOT t.tgisinternal \
               ORDER BY 1, 2 LIMIT 5000";
    let rows = tx.many(sql, &[schema.into(), SCHEMA.into()]).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        let made = row.opt_text(5)?.zip(row.opt_text(6)?);
        all.push(Standing {
            table: row.text(0)?.to_owned(),
            name: row.text(1)?.to_owned(),
            always: row.int(2)? == 1,
            function: row.text(3)?.to_owned(),
            now: row.text(4)?.to_owned(),
            made: made.map(|(by, then)| (by.to_owned(), then.to_owned())),
            gaps: row.int(7)?,
        });
    }
    Ok(all)
}

/// Whether each act's function is there, VOLATILE, and of the text that `gate` gives it.
pub(crate) async fn functions(tx: &mut Tx) -> Result<Vec<Function>, AdoptError> {
    let sql = "SELECT p.prosrc FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
               JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
               WHERE n.nspname = $1 AND p.proname = $2 AND p.pronargs = 0 AND p.provolatile = 'v' \
               AND NOT p.prosecdef AND p.proconfig IS NULL AND l.lanname = 'plpgsql'";
    let mut all = Vec::new();
    for act in Act::ALL {
        let name = gate::foreign::function(*act);
        let row = tx.one(sql, &[SCHEMA.into(), (&name).into()]).await?;
        let stands = match row {
            Some(row) => row.text(0)? == gate::foreign::body(*act, SCHEMA),
            None => false,
        };
        all.push(Function { act: *act, stands });
    }
    Ok(all)
}

/// What raises the guards' flag, and keeps the sealed credential to closing and reopening to two persons, on the gate's own tables.
const KEEPERS: &[(&str, &str)] = &[
    ("intake_gate_raise_flag", "intake_gate"),
    ("intake_gate_truncate_raise_flag", "intake_gate"),
    ("intake_gate_close_only", "intake_gate"),
    ("intake_history_close_only", "intake_history"),
    (TWO_PERSONS, "intake_gate"),
    ("intake_gate_stays", "intake_gate"),
    ("intake_history_signed", "intake_history"),
];

/// What a proof on a test copy goes without.
pub(crate) const TWO_PERSONS: &str = "intake_gate_two_persons";

/// Which of them do not stand, and on which table they should.
pub(crate) async fn keepers_gone(tx: &mut Tx) -> Result<Vec<(&'static str, &'static str)>, AdoptError> {
    keepers(tx, "NOT EXISTS (SELECT 1 FROM here WHERE tgenabled = 'A')").await
}

/// Which of them are there, and not always enabled.
pub(crate) async fn keepers_off(tx: &mut Tx) -> Result<Vec<(&'static str, &'static str)>, AdoptError> {
    keepers(tx, "EXISTS (SELECT 1 FROM here WHERE tgenabled <> 'A')").await
}

async fn keepers(tx: &mut Tx, are: &str) -> Result<Vec<(&'static str, &'static str)>, AdoptError> {
    let sql = format!(
        "WITH here AS (SELECT tgenabled FROM pg_catalog.pg_trigger WHERE tgname = $1 AND tgrelid = to_regclass($2)) \
         SELECT 1::bigint WHERE {are}"
    );
    let mut found = Vec::new();
    for keeper in KEEPERS {
        if tx.one(&sql, &[keeper.0.into(), keeper.1.into()]).await?.is_some() {
            found.push(*keeper);
        }
    }
    Ok(found)
}

/// Triggers that run after one of ours before the same rows are written, and may change them: table, theirs, ours.
pub(crate) async fn later(tx: &mut Tx, schema: &str) -> Result<Vec<(String, String)>, AdoptError> {
    let sql = "SELECT DISTINCT c.relname::text, t.tgname::text FROM pg_catalog.pg_trigger t \
               JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               JOIN pg_catalog.pg_trigger o ON o.tgrelid = t.tgrelid AND (o.tgtype & t.tgtype & 28) <> 0 \
                 AND o.tgname < t.tgname AND o.tgname <> 'zz_intake_insert' \
               JOIN pg_catalog.pg_proc p ON p.oid = o.tgfoid \
               JOIN pg_catalog.pg_namespace f ON f.oid = p.pronamespace AND f.nspname = $2 \
               JOIN pg_catalog.pg_proc q ON q.oid = t.tgfoid AND q.pronamespace <> p.pronamespace \
               WHERE n.nspname = $1 AND (t.tgtype & 3) = 3 AND t.tgenabled <> 'D' AND NOT t.tgisinternal LIMIT 1000";
    let rows = tx.many(sql, &[schema.into(), SCHEMA.into()]).await?;
    let mut all = Vec::new();
    for row in &rows {
        all.push((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
    }
    Ok(all)
}
