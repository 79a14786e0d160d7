//! The key store's own backup: a copy of its rows in another database.
//!
//! What is copied is wrapped, so it is worth nothing without the KEK files, which
//! never go with it. The copy may be taken while the store is in use: keys that
//! are destroyed meanwhile are destroyed in the copy as well.

use db::{Db, Row, Tx, V};

use crate::VaultError;
use crate::store::{KeyStore, migrations};

/// Rows in one read and one commit.
const SLICE: i64 = 256;

/// What was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// Subjects.
    pub subjects: u64,
    /// Tombstones.
    pub destroyed: u64,
}

/// A table, its columns with their kinds (i number, t text, b bytes), and its key.
struct Table {
    name: &'static str,
    columns: &'static [(&'static str, char)],
}

/// The cursor column comes first. The state is read first: a subject or tombstone
/// that is newer than it can only be more than it promises.
const KEYS: Table = Table {
    name: "vault_keys",
    columns: &[
        ("number", 'i'),
        ("subject", 't'),
        ("maker", 't'),
        ("suite", 'i'),
        ("version", 'i'),
        ("affairs_epoch", 'i'),
        ("identity_epoch", 'i'),
        ("profile", 'b'),
        ("identity", 'b'),
        ("affairs", 'b'),
        ("answers", 'b'),
        ("features", 'b'),
    ],
};
const DESTROYED: Table = Table {
    name: "vault_destroyed",
    columns: &[("seq", 'i'), ("subject", 't'), ("category", 't'), ("at", 'i')],
};

impl KeyStore {
    /// Copies this key store into an empty database.
    ///
    /// # Errors
    /// As [`copy`].
    pub async fn copy_to(&self, to: &Db) -> Result<Copied, VaultError> {
        copy(&self.db, to).await
    }
}

/// Copies a key store into an empty database: a backup, or a restore from one.
///
/// # Errors
/// The target is not empty, or what either database refuses.
pub async fn copy(from: &Db, to: &Db) -> Result<Copied, VaultError> {
    db::migrate(to, &migrations()).await?;
    let there = to
        .read(|tx| Box::pin(async move { tx.one("SELECT one FROM vault_state", &[]).await }))
        .await
        .map_err(VaultError::Store)?;
    if there.is_some() {
        return Err(VaultError::Corrupt(
            "the target holds a key store already: copy into an empty database",
        ));
    }
    let subjects = table(from, to, &KEYS).await?;
    let destroyed = table(from, to, &DESTROYED).await?;
    to.write(|tx| Box::pin(bury(tx)))
        .await
        .map_err(VaultError::Store)?;
    // Last, so that a copy that was cut off is no key store.
    let heads = from.read(|tx| Box::pin(heads(tx))).await?;
    to.write(move |tx| Box::pin(async move { put_heads(tx, &heads).await }))
        .await?;
    Ok(Copied { subjects, destroyed })
}

async fn table(from: &Db, to: &Db, table: &'static Table) -> Result<u64, VaultError> {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let (names, key) = (names.join(", "), names[0]);
    let select = format!(
        "SELECT {names} FROM {} WHERE {key} > $1 ORDER BY {key} LIMIT $2",
        table.name
    );
    let places: Vec<String> = (1..=table.columns.len()).map(|at| format!("${at}")).collect();
    let insert = format!(
        "INSERT INTO {} ({names}) VALUES ({})",
        table.name,
        places.join(", ")
    );
    let (mut at, mut copied) = (i64::MIN, 0);
    loop {
        let (select, insert) = (select.clone(), insert.clone());
        let rows = from
            .read(move |tx| Box::pin(async move { tx.many(&select, &[V::Int(at), V::Int(SLICE)]).await }))
            .await
            .map_err(VaultError::Store)?;
        let Some(last) = rows.last() else {
            return Ok(copied);
        };
        (at, copied) = (last.int(0)?, copied + rows.len() as u64);
        to.write(move |tx| {
            Box::pin(async move {
                for row in &rows {
                    tx.exec(&insert, &values(row, table)?).await?;
                }
                Ok::<(), VaultError>(())
            })
        })
        .await?;
    }
}

fn values<'r>(row: &'r Row, table: &Table) -> Result<Vec<V<'r>>, VaultError> {
    let of = |(at, (_, kind)): (usize, &(&str, char))| {
        Ok(match kind {
            'i' => V::Int(row.int(at)?),
            't' => V::Text(row.text(at)?),
            _ => row.opt_bytes(at)?.into(),
        })
    };
    table.columns.iter().enumerate().map(of).collect()
}

/// What was destroyed after its row was copied.
async fn bury(tx: &mut Tx) -> Result<(), db::DbError> {
    for category in crate::Category::ALL {
        let column = category.as_str();
        let sql = format!(
            "UPDATE vault_keys SET {column} = NULL WHERE {column} IS NOT NULL AND subject IN \
             (SELECT subject FROM vault_destroyed WHERE category = $1)"
        );
        tx.exec(&sql, &[column.into()]).await?;
    }
    Ok(())
}

/// The three small tables, as one row each of numbers, texts and bytes.
struct Heads {
    state: Row,
    keks: Vec<Row>,
    indexes: Vec<Row>,
}

async fn heads(tx: &mut Tx) -> Result<Heads, VaultError> {
    let state = tx
        .one("SELECT store, next_number, head FROM vault_state", &[])
        .await?;
    let keks = "SELECT custodian, epoch, target, retired FROM vault_keks";
    Ok(Heads {
        state: state.ok_or(VaultError::Corrupt("no state"))?,
        keks: tx.many(keks, &[]).await?,
        indexes: tx
            .many("SELECT custodian, suite, epoch, wrapped FROM vault_indexes", &[])
            .await?,
    })
}

async fn put_heads(tx: &mut Tx, heads: &Heads) -> Result<(), VaultError> {
    let (state, copied) = (
        &heads.state,
        "(SELECT coalesce(max(seq), 0) FROM vault_destroyed)",
    );
    // The head is that of the tombstones that were copied: later ones are the journal's.
    let sql = format!("INSERT INTO vault_state (one, store, next_number, head) VALUES (1, $1, $2, {copied})");
    tx.exec(&sql, &[state.text(0)?.into(), V::Int(state.int(1)?)])
        .await?;
    for row in &heads.keks {
        let values = [
            row.text(0)?.into(),
            V::Int(row.int(1)?),
            V::Int(row.int(2)?),
            V::Int(row.int(3)?),
        ];
        let sql = "INSERT INTO vault_keks (custodian, epoch, target, retired) VALUES ($1, $2, $3, $4)";
        tx.exec(sql, &values).await?;
    }
    for row in &heads.indexes {
        let values = [
            row.text(0)?.into(),
            V::Int(row.int(1)?),
            V::Int(row.int(2)?),
            V::Bytes(row.bytes(3)?),
        ];
        let sql = "INSERT INTO vault_indexes (custodian, suite, epoch, wrapped) VALUES ($1, $2, $3, $4)";
        tx.exec(sql, &values).await?;
    }
    Ok(())
}
