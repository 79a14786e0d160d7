//! What is in the databases and in the files, before and after.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use db::{Db, DbError, Options};

use crate::place::Place;

/// Tables whose rows are a customer's, and with how many columns their key begins.
pub(super) const TABLES: [&str; 14] = [
    "firms",
    "consents",
    "applications",
    "pulls",
    "decisions",
    "offers",
    "diligence_tasks",
    "approvals",
    "contracts",
    "draws",
    "loans",
    "instalments",
    "repayments",
    "outbox",
];

/// Rows of a table as texts.
pub(super) async fn rows(db: &Db, sql: &str) -> Vec<String> {
    let sql = sql.to_owned();
    let rows: Result<Vec<db::Row>, DbError> = db
        .read(move |tx| Box::pin(async move { tx.many(&sql, &[]).await }))
        .await;
    rows.unwrap().iter().map(|row| format!("{row:?}")).collect()
}

/// Whose application it is.
pub(super) async fn firm_of(place: &Place, application: &str) -> String {
    let db = Db::open(&place.url, Options::default()).await.unwrap();
    let sql = "SELECT firm_id FROM applications WHERE id = $1";
    let firm = db
        .one(sql, &[application.into()])
        .await
        .unwrap()
        .unwrap()
        .text(0)
        .unwrap()
        .to_owned();
    db.close().await;
    firm
}

/// Everything of other customers, by table.
pub(super) async fn others(db: &Db, ids: &BTreeSet<String>) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for table in TABLES {
        let rows = rows(db, &format!("SELECT * FROM {table} ORDER BY 1, 2")).await;
        all.push(
            rows.into_iter()
                .filter(|row| !ids.iter().any(|id| row.contains(id.as_str())))
                .collect(),
        );
    }
    all
}

/// What may be in no file any more: ciphertexts, blind index, wrapped keys.
pub(super) async fn blobs(url: &str, sql: &str) -> Vec<Vec<u8>> {
    let db = Db::open(url, Options::default()).await.unwrap();
    let sql = sql.to_owned();
    let rows: Result<Vec<db::Row>, DbError> = db
        .read(move |tx| Box::pin(async move { tx.many(&sql, &[]).await }))
        .await;
    let mut blobs = Vec::new();
    for row in rows.unwrap() {
        for at in 0..row.len() {
            if let Ok(Some(bytes)) = row.opt_bytes(at) {
                blobs.push(bytes.to_vec());
            }
        }
    }
    db.close().await;
    blobs
}

/// Files below these folders that hold one of these.
pub(super) fn holders(folders: &[&Path], blobs: &[Vec<u8>]) -> Vec<String> {
    // One pass by their first bytes: a server's log has tens of megabytes.
    let mut by_head: HashMap<&[u8], Vec<&[u8]>> = HashMap::new();
    for blob in blobs {
        by_head.entry(&blob[..8]).or_default().push(blob);
    }
    let holds = |bytes: &[u8]| {
        (0..bytes.len().saturating_sub(8)).any(|at| {
            let wanted = by_head.get(&bytes[at..at + 8]);
            wanted.is_some_and(|wanted| wanted.iter().any(|blob| bytes[at..].starts_with(blob)))
        })
    };
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| folder.to_path_buf()).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path).is_ok_and(|bytes| holds(&bytes)) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}
