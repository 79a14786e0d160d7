//! An exit by hand-written SQL, with one thing forgotten if so told.

use std::collections::BTreeMap;

use base64::Engine as _;
use certificate::archive::{self, Archive};
use certificate::key_file;
use certificate::record::{self, ArchiveFile, Record, Scope, TableRecord};
use db::DbError;
use serde_json::Value;
use sha2::{Digest, Sha256};
use vault::Category;

use crate::rows::{Cell, Row};
use crate::world::{World, write};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgot {
    Nothing,
    /// The vault's keys.
    Keys,
    /// One row of `loans` in the archive, and its line in the manifest.
    ArchiveRow,
    /// A value in the archive is another.
    ArchiveValue,
    /// A column that law keeps is left out of the archive, by name.
    ArchiveColumn,
    /// A column that no law keeps is left out by name only, and is in the archive.
    ArchiveUnasked,
    /// The lines of one table in `exit_rows`.
    Lines,
    /// The table `consents`.
    Table,
    /// What makes files clean: VACUUM, truncated logs.
    Cleaning,
}

const STAY: [&str; 3] = ["entries", "postings", "audit"];
const ARCHIVED: [&str; 8] = [
    "pulls",
    "firms",
    "applications",
    "contracts",
    "draws",
    "loans",
    "instalments",
    "repayments",
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn json(row: &Row) -> archive::Row {
    let value = |cell: &Cell| match cell {
        Cell::Text(text) => Value::from(text.clone()),
        Cell::Int(int) => certificate::integer(*int),
        Cell::Bytes(bytes) => base64::engine::general_purpose::STANDARD.encode(bytes).into(),
        Cell::Sealed(value, _) => value.clone(),
    };
    row.cells
        .iter()
        .map(|(column, cell)| ((*column).to_owned(), value(cell)))
        .collect()
}

/// What no law keeps, and what was forgotten to keep.
fn left_out(forgot: Forgot) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![("pulls", "answer_sealed"), ("firms", "credit_code_index")];
    if forgot == Forgot::ArchiveColumn {
        all.push(("firms", "name_sealed"));
    }
    all
}

fn fate(table: &str) -> &'static str {
    if ARCHIVED.contains(&table) {
        "archived"
    } else {
        "deleted"
    }
}

pub(crate) async fn purge(world: &World, forgot: Forgot) -> Record {
    let rows: Vec<Row> = world.leave().iter().flat_map(|firm| firm.rows.clone()).collect();
    let archive = seal(world, &rows, forgot);
    if forgot != Forgot::Keys {
        let vault = world.vault().await;
        for firm in world.leave() {
            vault.destroy(firm.subject, &Category::ALL).await.unwrap();
            assert!(vault.store().bury(firm.subject).await.unwrap());
        }
        vault.close().await.unwrap();
        vault.store().close().await;
    }
    let db = world.db().await;
    exec(&db, "INSERT INTO exits (id, scope, plan_digest, proposal, rules_digest, rehearsal, started_at, finished_at) \
        VALUES ('ext_0190a1b2c3d4e5f60718293a4b5c6d7e', 'firm', 'aa', 'pro_1', 'bb', 1, 1, 2)".into()).await;
    let mut tables: BTreeMap<&str, TableRecord> = BTreeMap::new();
    for row in rows.iter().rev() {
        let name = row.table;
        let empty = || TableRecord {
            table: name.into(),
            rules: vec!["r1".into()],
            deleted: 0,
            archived: 0,
            kept: 0,
            left_out: left_out(forgot)
                .into_iter()
                .filter(|(table, _)| *table == name)
                .map(|(_, column)| column.to_owned())
                .collect(),
        };
        let count = tables.entry(name).or_insert_with(empty);
        if STAY.contains(&name) {
            count.kept += 1;
            continue;
        }
        *(if fate(name) == "archived" {
            &mut count.archived
        } else {
            &mut count.deleted
        }) += 1;
        if !(forgot == Forgot::Lines && name == "draws") {
            let digest = hex(&Sha256::digest(
                [name.as_bytes(), &[0], row.key.as_bytes()].concat(),
            ));
            let fate = fate(name);
            exec(
                &db,
                format!(
                    "INSERT INTO exit_rows (exit_id, table_name, row_digest, fate) \
                VALUES ('ext_0190a1b2c3d4e5f60718293a4b5c6d7e', '{name}', '{digest}', '{fate}')"
                ),
            )
            .await;
        }
        if !(forgot == Forgot::Table && name == "consents") {
            assert_eq!(exec(&db, delete(row)).await, 1, "{}", row.table);
        }
        if forgot == Forgot::Table && name == "applications" {
            // A foreign key would have refused it.
            break;
        }
    }
    db.close().await;
    if forgot != Forgot::Cleaning {
        clean(world);
    }
    let record = Record {
        format: record::FORMAT.into(),
        exit_id: "ext_0190a1b2c3d4e5f60718293a4b5c6d7e".into(),
        scope: Scope::Firm,
        customers: world.leave().len() as u64,
        plan_digest: "aa".into(),
        rules_digest: "bb".into(),
        rules: "rehearsal 1".into(),
        rehearsal: true,
        proposal: "pro_1".into(),
        planner: "wang".into(),
        approvers: vec!["li".into(), "zhao".into()],
        started_at: 1,
        finished_at: 2,
        tool: "by hand".into(),
        database: "a test's".into(),
        tables: tables.into_values().collect(),
        keys_destroyed: 10,
        keks_rotated: vec![],
        cleaning: vec![],
        archive: Some(archive),
    };
    write(&world.path("out/record.json"), &record.canonical().unwrap());
    record
}

fn delete(row: &Row) -> String {
    let equal = |(column, cell): &(&str, Cell)| match cell {
        Cell::Text(text) => Some(format!("{column} = '{text}'")),
        Cell::Int(int) => Some(format!("{column} = {int}")),
        Cell::Bytes(_) | Cell::Sealed(..) => None,
    };
    let all: Vec<String> = row.cells.iter().filter_map(equal).collect();
    format!("DELETE FROM {} WHERE {}", row.table, all.join(" AND "))
}

fn seal(world: &World, rows: &[Row], forgot: Forgot) -> ArchiveFile {
    let mut archived: BTreeMap<String, Vec<archive::Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| fate(row.table) == "archived") {
        archived.entry(row.table.to_owned()).or_default().push(json(row));
    }
    match forgot {
        Forgot::ArchiveRow => drop(archived.get_mut("loans").unwrap().pop()),
        Forgot::ArchiveValue => {
            let firm = archived.get_mut("firms").unwrap().first_mut().unwrap();
            firm.insert("name_sealed".into(), "another name".into());
        }
        Forgot::ArchiveColumn => {
            for firm in archived.get_mut("firms").unwrap() {
                firm.remove("name_sealed");
            }
        }
        _ => {}
    }
    for (table, column) in left_out(forgot) {
        if forgot != Forgot::ArchiveUnasked {
            for row in archived.get_mut(table).unwrap() {
                row.remove(column);
            }
        }
    }
    let key = key_file::create(&world.path("archive.key")).unwrap();
    let archive = Archive::new(
        "ext_0190a1b2c3d4e5f60718293a4b5c6d7e".into(),
        "aa".into(),
        1,
        archived,
    );
    let bytes = archive::seal(&archive, &key).unwrap();
    write(&world.path("out/archive.sealed"), &bytes);
    ArchiveFile {
        file: "archive.sealed".into(),
        sha256: hex(&Sha256::digest(&bytes)),
        bytes: bytes.len() as u64,
    }
}

pub(crate) async fn exec(db: &db::Db, sql: String) -> u64 {
    let done = db.write::<u64, DbError, _>(move |tx| Box::pin(async move { tx.exec(&sql, &[]).await }));
    done.await.unwrap()
}

pub(crate) fn clean(world: &World) {
    match &world.server {
        Some(server) => crate::postgres::clean(server),
        None => {
            for name in ["lending.db", "keys.db"] {
                let conn = rusqlite::Connection::open(world.sqlite_file(name)).unwrap();
                conn.execute_batch("PRAGMA secure_delete = ON; VACUUM").unwrap();
                truncate(&conn);
            }
        }
    }
}

pub(crate) fn truncate(conn: &rusqlite::Connection) {
    let busy: i64 = conn
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .unwrap();
    assert_eq!(busy, 0);
}
