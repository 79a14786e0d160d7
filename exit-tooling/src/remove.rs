//! Taking a customer's rows out, with a line for each in the same transaction.

use db::{Db, DbError, Tx};
use sha2::{Digest as _, Sha256};

use crate::tables::{OF_A_CUSTOMER, Table};

/// Rows in one commit: a few milliseconds of SQLite's writer.
const SLICE: usize = 200;

/// How many rows of a firm a table has.
///
/// # Errors
/// Any [`DbError`].
pub async fn count(db: &Db, table: &Table, firm: &str) -> Result<i64, DbError> {
    let sql = format!("SELECT COUNT(*) FROM {} WHERE {}", table.name, table.of);
    let row = db.one(&sql, &[firm.into()]).await?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// The digest by which a row that left is known: SHA-256 over table, a zero byte and primary key, in hexadecimal.
#[must_use]
pub fn row_digest(table: &str, key: &str) -> String {
    let digest = Sha256::new()
        .chain_update(table)
        .chain_update([0])
        .chain_update(key)
        .finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Deletes every row that is reached from a firm by foreign keys, slice by slice, each with its line under `exit`.
/// Killed anywhere, it is ended by running it again. Gives how many rows this run took out.
///
/// # Errors
/// Any [`DbError`]; what was committed before stays deleted, with its lines.
pub async fn remove(db: &Db, exit: &str, firm: &str) -> Result<u64, DbError> {
    let mut gone = 0;
    for table in OF_A_CUSTOMER {
        loop {
            let (exit, firm) = (exit.to_owned(), firm.to_owned());
            let slice: u64 = db
                .write(move |tx| Box::pin(async move { slice(tx, table, &exit, &firm).await }))
                .await?;
            gone += slice;
            if slice == 0 {
                break;
            }
        }
    }
    Ok(gone)
}

async fn slice(tx: &mut Tx, table: &Table, exit: &str, firm: &str) -> Result<u64, DbError> {
    let Table { name, key, of } = table;
    let sql = format!("SELECT {key} FROM {name} WHERE {of} LIMIT {SLICE}");
    let rows = tx.many(&sql, &[firm.into()]).await?;
    let mut gone = 0;
    for row in &rows {
        let found = row.text(0)?;
        let line =
            "INSERT INTO exit_rows (exit_id, table_name, row_digest, fate) VALUES ($1, $2, $3, 'deleted')";
        let digest = row_digest(name, found);
        tx.exec(line, &[exit.into(), (*name).into(), (&digest).into()])
            .await?;
        // The same reach once more: a key alone never takes out another customer's row.
        let sql = format!("DELETE FROM {name} WHERE {of} AND {key} = $2");
        gone += tx.exec(&sql, &[firm.into(), found.into()]).await?;
    }
    Ok(gone)
}
