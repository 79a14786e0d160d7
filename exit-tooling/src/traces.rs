//! What names a customer in texts: answers for repeated requests, and effects that were promised.
//!
//! Both are found by the ids of rows, so they go before the rows do.

use std::collections::BTreeSet;
use std::sync::Arc;

use db::{Db, DbError, Row, Tx};

use crate::ids;
use crate::remove::{self, Gone};
use crate::tables::{IDEMPOTENCY, OUTBOX};

/// Rows that are read at a time.
const PAGE: i64 = 1_000;

/// Takes out what names one of these ids. `fate` says what becomes of effects; answers are nothing that law keeps.
///
/// # Errors
/// Any [`DbError`]; what was committed before stays gone, with its lines.
pub async fn remove(
    db: &Db,
    exit: &str,
    ids: &Arc<BTreeSet<String>>,
    fate: &'static str,
) -> Result<u64, DbError> {
    let effects = Table {
        name: OUTBOX,
        page: "SELECT number, reference FROM outbox WHERE number > $1 ORDER BY number LIMIT $2",
        delete: "DELETE FROM outbox WHERE number = $1",
        fate,
    };
    let gone = walk(db, exit, ids, &effects, 0).await?;
    Ok(gone + answers(db, exit, ids).await?)
}

struct Table {
    name: &'static str,
    page: &'static str,
    delete: &'static str,
    fate: &'static str,
}

async fn walk(
    db: &Db,
    exit: &str,
    ids: &Arc<BTreeSet<String>>,
    table: &Table,
    first: i64,
) -> Result<u64, DbError> {
    let (mut after, mut gone) = (first, 0);
    loop {
        let page = table.page;
        let rows: Result<Vec<Row>, DbError> = db
            .read(move |tx| Box::pin(async move { tx.many(page, &[after.into(), PAGE.into()]).await }))
            .await;
        let rows = rows?;
        let mut found = Vec::new();
        for row in &rows {
            after = row.int(0)?;
            if ids.contains(row.text(1)?) {
                found.push(after);
            }
        }
        let (name, delete, fate, exit) = (table.name, table.delete, table.fate, exit.to_owned());
        if !found.is_empty() {
            gone += db
                .write::<u64, DbError, _>(move |tx| {
                    Box::pin(async move {
                        let keys: Vec<String> = found.iter().map(i64::to_string).collect();
                        let lines = keys.iter().map(|key| Gone {
                            table: name,
                            key,
                            fate,
                        });
                        remove::lines(tx, &exit, &lines.collect::<Vec<_>>()).await?;
                        let mut gone = 0;
                        for number in &found {
                            gone += tx.exec(delete, &[(*number).into()]).await?;
                        }
                        Ok(gone)
                    })
                })
                .await?;
        }
        if i64::try_from(rows.len()).unwrap_or(PAGE) < PAGE {
            return Ok(gone);
        }
    }
}

/// Answers are kept under digests in no order of ours: by page of these.
async fn answers(db: &Db, exit: &str, ids: &Arc<BTreeSet<String>>) -> Result<u64, DbError> {
    let (mut after, mut gone) = (Vec::new(), 0);
    loop {
        let (exit, ids, from) = (exit.to_owned(), Arc::clone(ids), after.clone());
        let page = db.write::<(u64, Option<Vec<u8>>), DbError, _>(move |tx| {
            Box::pin(async move { answers_after(tx, &exit, &ids, &from).await })
        });
        let (slice, last) = page.await?;
        gone += slice;
        match last {
            Some(last) => after = last,
            None => return Ok(gone),
        }
    }
}

async fn answers_after(
    tx: &mut Tx,
    exit: &str,
    ids: &BTreeSet<String>,
    from: &[u8],
) -> Result<(u64, Option<Vec<u8>>), DbError> {
    let sql = "SELECT key_digest, route, answer FROM idempotency WHERE key_digest > $1 ORDER BY key_digest LIMIT $2";
    let rows = tx.many(sql, &[from.into(), PAGE.into()]).await?;
    let mut found = Vec::new();
    for row in &rows {
        let texts = [row.text(1)?, row.text(2)?];
        if texts.into_iter().flat_map(ids::within).any(|id| ids.contains(id)) {
            found.push(row.bytes(0)?);
        }
    }
    let keys: Vec<String> = found.iter().map(|digest| crate::hex(digest)).collect();
    let lines = keys.iter().map(|key| Gone {
        table: IDEMPOTENCY,
        key,
        fate: "deleted",
    });
    remove::lines(tx, exit, &lines.collect::<Vec<_>>()).await?;
    let mut gone = 0;
    for digest in found {
        let sql = "DELETE FROM idempotency WHERE key_digest = $1";
        gone += tx.exec(sql, &[digest.into()]).await?;
    }
    let full = i64::try_from(rows.len()).unwrap_or(PAGE) == PAGE;
    let last = rows
        .last()
        .filter(|_| full)
        .map(|row| row.bytes(0).map(<[u8]>::to_vec));
    Ok((gone, last.transpose()?))
}
