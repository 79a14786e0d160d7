//! Money is integer minor units. SQLite stores whatever it is given, a fraction
//! or a text too, and sums it without a word; PostgreSQL's column types promise it.

use super::check::AT_MOST;
use crate::source::{DatabaseError, Dialect, Source};
use crate::verdict::Tally;

/// Every column that holds money.
const MONEY: &[(&str, &[&str])] = &[
    ("applications", &["amount"]),
    ("offers", &["limit_amount"]),
    ("contracts", &["limit_amount", "drawn_amount"]),
    ("draws", &["amount"]),
    ("loans", &["amount", "principal", "interest", "penalty"]),
    (
        "instalments",
        &["principal", "interest", "principal_paid", "interest_paid"],
    ),
    ("repayments", &["amount", "principal", "interest", "penalty"]),
    ("postings", &["debit", "credit"]),
];

pub(super) async fn check(source: &mut Source, tally: &mut Tally) -> Result<(), DatabaseError> {
    for (table, columns) in MONEY {
        for column in *columns {
            tally.checked(1);
            match source.dialect() {
                Dialect::Sqlite => values(source, table, column, tally).await?,
                Dialect::Postgres => declared(source, table, column, tally).await?,
            }
        }
    }
    Ok(())
}

async fn values(
    source: &mut Source,
    table: &str,
    column: &str,
    tally: &mut Tally,
) -> Result<(), DatabaseError> {
    let sql = format!(
        "SELECT typeof({column}), CAST({column} AS TEXT) FROM {table} WHERE typeof({column}) <> 'integer' {AT_MOST}"
    );
    for row in source.rows("types of money", sql).await? {
        let detail = format!("{} {}", row.text(0)?, row.opt_text(1).unwrap_or("NULL"));
        tally.against("money-not-integer", format!("{table}.{column}"), detail);
    }
    Ok(())
}

async fn declared(
    source: &mut Source,
    table: &str,
    column: &str,
    tally: &mut Tally,
) -> Result<(), DatabaseError> {
    let sql = format!(
        "SELECT CAST(atttypid AS regtype)::text FROM pg_attribute
         WHERE attrelid = to_regclass('{table}') AND attname = '{column}' AND NOT attisdropped"
    );
    let rows = source.rows("types of money", sql).await?;
    let found = rows.first().map_or(Ok("missing"), |row| row.text(0))?;
    if found != "bigint" {
        tally.against(
            "money-not-integer",
            format!("{table}.{column}"),
            format!("its type is {found}"),
        );
    }
    Ok(())
}
