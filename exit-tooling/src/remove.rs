//! Taking customers' rows out, with a line for each in the same transaction.

use std::collections::BTreeMap;

use db::{Db, DbError, Tx, V};
use sha2::{Digest as _, Sha256};

use crate::tables::{self, OF_A_CUSTOMER, Table};

/// Customers in one commit: a few thousand rows, a fraction of a second. Nobody waits behind it.
const CUSTOMERS: usize = 25;
/// Lines in one statement: four values each, far below what either database takes.
const LINES: usize = 500;

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

/// Leaves the lines of rows that go.
///
/// # Errors
/// Any [`DbError`].
pub async fn lines(tx: &mut Tx, exit: &str, gone: &[Gone<'_>]) -> Result<(), DbError> {
    for gone in gone.chunks(LINES) {
        let places =
            (0..gone.len()).map(|at| format!("($1, ${}, ${}, ${})", at * 3 + 2, at * 3 + 3, at * 3 + 4));
        let sql = format!(
            "INSERT INTO exit_rows (exit_id, table_name, row_digest, fate) VALUES {}",
            places.collect::<Vec<_>>().join(", ")
        );
        let digests: Vec<String> = gone.iter().map(|gone| row_digest(gone.table, gone.key)).collect();
        let mut values: Vec<V<'_>> = vec![exit.into()];
        for (gone, digest) in gone.iter().zip(&digests) {
            values.extend([V::from(gone.table), V::from(digest), V::from(gone.fate)]);
        }
        tx.exec(&sql, &values).await?;
    }
    Ok(())
}

/// A customer who goes, with the fates of its tables; what has none is `deleted`.
#[derive(Debug, Clone)]
pub struct Leaver {
    /// Its id.
    pub firm: String,
    /// By table.
    pub fates: BTreeMap<&'static str, &'static str>,
}

/// Deletes every row that is reached from customers by foreign keys, some customers at a time, each row with its line
/// under `exit`. Killed anywhere, it is ended by running it again. Gives how many rows this run took out; `told` hears
/// how many customers are through.
///
/// # Errors
/// Any [`DbError`]; what was committed before stays deleted, with its lines.
pub async fn remove(
    db: &Db,
    exit: &str,
    leavers: &[Leaver],
    at: i64,
    mut told: impl FnMut(usize),
) -> Result<u64, DbError> {
    let mut gone = 0;
    for (done, chunk) in leavers.chunks(CUSTOMERS).enumerate() {
        let (exit, chunk) = (exit.to_owned(), chunk.to_vec());
        let through = done * CUSTOMERS + chunk.len();
        gone += db
            .write::<u64, DbError, _>(move |tx| {
                Box::pin(async move {
                    let mut gone = 0;
                    for table in OF_A_CUSTOMER {
                        gone += rows(tx, table, &exit, &chunk, at).await?;
                    }
                    Ok(gone)
                })
            })
            .await?;
        told(through);
    }
    Ok(gone)
}

/// The rows of one table.
async fn rows(tx: &mut Tx, table: &Table, exit: &str, leavers: &[Leaver], at: i64) -> Result<u64, DbError> {
    let firms: Vec<String> = leavers.iter().map(|leaver| leaver.firm.clone()).collect();
    let (firms, of) = (tables::json(&firms), table.of(tx.dialect()));
    let sql = format!(
        "SELECT {} AS firm, {} FROM {} WHERE {of}",
        table.firm, table.key, table.name
    );
    let found = tx.many(&sql, &[(&firms).into()]).await?;
    let mut gone = Vec::with_capacity(found.len());
    for row in &found {
        let firm = row.text(0)?;
        let leaver = leavers.iter().find(|leaver| leaver.firm == firm);
        let fate = leaver.and_then(|leaver| leaver.fates.get(table.name));
        gone.push(Gone {
            table: table.name,
            key: row.text(1)?,
            fate: fate.copied().unwrap_or("deleted"),
        });
    }
    if gone.is_empty() {
        return Ok(0);
    }
    remember(tx, table, &of, &firms, at).await?;
    lines(tx, exit, &gone).await?;
    let deleted = tx
        .exec(
            &format!("DELETE FROM {} WHERE {of}", table.name),
            &[(&firms).into()],
        )
        .await?;
    // Nobody else is there; a row without its line would be one that nobody can account for.
    if deleted != gone.len() as u64 {
        return Err(DbError::Other(format!(
            "{}: {} rows were seen and {deleted} deleted",
            table.name,
            gone.len()
        )));
    }
    Ok(deleted)
}

/// A recovery journal outside of the database remembers revoked consents and sent draws: without them the database
/// would pass for an earlier one of itself, and stay closed. So they are settled facts.
async fn remember(tx: &mut Tx, table: &Table, of: &str, firms: &String, at: i64) -> Result<(), DbError> {
    let fact = match table.name {
        "consents" => "revoked_at",
        "draws" => "sent_at",
        _ => return Ok(()),
    };
    let sql = format!("SELECT id FROM {} WHERE {of} AND {fact} IS NOT NULL", table.name);
    let rows = tx.many(&sql, &[firms.into()]).await?;
    let facts = rows
        .iter()
        .map(|row| row.text(0))
        .collect::<Result<Vec<&str>, DbError>>()?;
    store::recovery::settle(tx, &facts, at).await
}
