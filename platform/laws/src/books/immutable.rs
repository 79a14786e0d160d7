//! The ledger's rows can't be changed: the triggers that refuse it are there and on.

use super::check::AT_MOST;
use crate::source::{DatabaseError, Dialect, Source};
use crate::verdict::Tally;

const LEDGER: &[&str] = &["entries", "postings"];
const CHANGES: &[&str] = &["UPDATE", "DELETE"];

pub(super) async fn check(source: &mut Source, tally: &mut Tally) -> Result<(), DatabaseError> {
    for table in LEDGER {
        for change in CHANGES {
            tally.checked(1);
            let guarded = match source.dialect() {
                Dialect::Sqlite => sqlite(source, table, change).await?,
                Dialect::Postgres => postgres(source, table, change).await?,
            };
            if !guarded {
                let detail = format!("no trigger refuses {change}");
                tally.against("ledger-changeable", *table, detail);
            }
        }
    }
    Ok(())
}

/// SQLite keeps a trigger as its text: it must come before the change, without
/// a condition, and abort.
async fn sqlite(source: &mut Source, table: &str, change: &str) -> Result<bool, DatabaseError> {
    let sql =
        format!("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}' {AT_MOST}");
    for row in source.rows("triggers of the ledger", sql).await? {
        let text = row
            .text(0)?
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_uppercase();
        let before = format!("BEFORE {change} ON {} ", table.to_uppercase());
        let Some((_, body)) = text.split_once(&before) else {
            continue;
        };
        if body.starts_with("BEGIN SELECT RAISE(ABORT,")
            || body.starts_with("FOR EACH ROW BEGIN SELECT RAISE(ABORT,")
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// PostgreSQL: an enabled BEFORE row trigger without a condition, whose function
/// raises an exception and never returns a row. `tgtype` bits: row 1, before 2,
/// delete 8, update 16 (catalog page `pg_trigger`, `trigger.h`).
async fn postgres(source: &mut Source, table: &str, change: &str) -> Result<bool, DatabaseError> {
    let bits = if change == "UPDATE" { 1 + 2 + 16 } else { 1 + 2 + 8 };
    let sql = format!(
        "SELECT tgname::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = pg_trigger.tgfoid
         WHERE tgrelid = to_regclass('{table}') AND NOT tgisinternal AND tgenabled IN ('O', 'A')
         AND (tgtype::int & {bits}) = {bits} AND tgqual IS NULL AND tgattr::text = ''
         AND prosrc ILIKE '%RAISE EXCEPTION%' AND prosrc NOT ILIKE '%RETURN%' {AT_MOST}"
    );
    Ok(!source.rows("triggers of the ledger", sql).await?.is_empty())
}
