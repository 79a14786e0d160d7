//! Taking a customer's rows out, with a line for each in the same transaction.

use std::collections::BTreeMap;

use db::{Db, DbError, Tx};
use sha2::{Digest as _, Sha256};

use crate::tables::{OF_A_CUSTOMER, Table};

/// Rows in one commit: a few milliseconds of SQLite's writer.
const SLICE: usize = 200;

/// A row that goes.
#[derive(Debug, Clone, Copy)]
pub struct Gone<'a> {
    /// Its table.
    pub table: &'a str,
    /// Its primary key as one text.
    pub key: &'a str,
    /// `archived` or `deleted`.
    pub fate: &'static str,
}

/// The digest by which a row that left is known: SHA-256 over table, a zero byte and primary key, in hexadecimal.
#[must_use]
pub fn row_digest(table: &str, key: &str) -> String {
    let digest = Sha256::new()
        .chain_update(table)
        .chain_update([0])
        .chain_update(key);
    crate::hex(&digest.finalize())
}

/// Leaves the line of a row that goes.
///
/// # Errors
/// Any [`DbError`].
pub async fn line(tx: &mut Tx, exit: &str, gone: &Gone<'_>) -> Result<(), DbError> {
    let sql = "INSERT INTO exit_rows (exit_id, table_name, row_digest, fate) VALUES ($1, $2, $3, $4)";
    let digest = row_digest(gone.table, gone.key);
    tx.exec(
        sql,
        &[exit.into(), gone.table.into(), (&digest).into(), gone.fate.into()],
    )
    .await?;
    Ok(())
}

/// Deletes every row that is reached from a firm by foreign keys, slice by slice, each with its line under `exit` and
/// its table's fate (`deleted` where `fates` has none). Killed anywhere, it is ended by running it again. Gives how many
/// rows this run took out.
///
/// # Errors
/// Any [`DbError`]; what was committed before stays deleted, with its lines.
pub async fn remove(
    db: &Db,
    exit: &str,
    firm: &str,
    fates: &BTreeMap<&'static str, &'static str>,
    at: i64,
) -> Result<u64, DbError> {
    let mut gone = 0;
    for table in OF_A_CUSTOMER {
        let fate = fates.get(table.name).copied().unwrap_or("deleted");
        loop {
            let (exit, firm) = (exit.to_owned(), firm.to_owned());
            let slice: u64 = db
                .write(move |tx| Box::pin(async move { slice(tx, table, (&exit, &firm, fate), at).await }))
                .await?;
            gone += slice;
            if slice == 0 {
                break;
            }
        }
    }
    Ok(gone)
}

async fn slice(
    tx: &mut Tx,
    table: &Table,
    (exit, firm, fate): (&str, &str, &'static str),
    at: i64,
) -> Result<u64, DbError> {
    let Table { name, key, of } = table;
    let sql = format!("SELECT {key} FROM {name} WHERE {of} LIMIT {SLICE}");
    let rows = tx.many(&sql, &[firm.into()]).await?;
    let mut gone = 0;
    for row in &rows {
        let key_of = row.text(0)?;
        remember(tx, name, key_of, at).await?;
        line(
            tx,
            exit,
            &Gone {
                table: name,
                key: key_of,
                fate,
            },
        )
        .await?;
        // The same reach once more: a key alone never takes out another customer's row.
        let sql = format!("DELETE FROM {name} WHERE {of} AND {key} = $2");
        gone += tx.exec(&sql, &[firm.into(), key_of.into()]).await?;
    }
    Ok(gone)
}

/// A recovery journal outside of the database remembers revoked consents and sent draws: without them the database
/// would pass for an earlier one of itself, and stay closed. So they are settled facts.
async fn remember(tx: &mut Tx, table: &str, key: &str, at: i64) -> Result<(), DbError> {
    let sql = match table {
        "consents" => "SELECT id FROM consents WHERE id = $1 AND revoked_at IS NOT NULL",
        "draws" => "SELECT id FROM draws WHERE id = $1 AND sent_at IS NOT NULL",
        _ => return Ok(()),
    };
    if tx.one(sql, &[key.into()]).await?.is_some() {
        store::recovery::settle(tx, &[key], at).await?;
    }
    Ok(())
}
