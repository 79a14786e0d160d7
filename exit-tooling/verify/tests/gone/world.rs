//! A lending database and a key store, with three customers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::clock::Clock;
use base::ids::Ids;
use certificate::key_file::Key;
use certificate::record::Record;
use certificate::verification::Verification;
use cluster::Cluster;
use db::{Db, DbError, Options, V};
use tempfile::TempDir;
use vault::suite::Suites;
use vault::{Custodian, FileKek, KekProvider, KeyStore, Parts, Vault};
use verify::gather::{self, gather};
use verify::order::Order;
use verify::scan::{self, scan};
use verify::witness::Witness;

use crate::rows::{Cell, Firm, Row, firm};

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) server: Option<Cluster>,
    pub(crate) database: String,
    pub(crate) key_store: String,
    pub(crate) firms: Vec<Firm>,
    pub(crate) clock: Clock,
}

/// Which of the customers leave.
pub(crate) const LEAVE: usize = 2;

impl World {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let url = |name: &str| format!("sqlite:{}", folder.path().join("data").join(name).display());
        let (database, key_store) = (url("lending.db"), url("keys.db"));
        Self::fill(folder, None, database, key_store).await
    }

    /// None where PostgreSQL's programs are not.
    pub(crate) async fn postgres(settings: Vec<(&'static str, &'static str)>) -> Option<Self> {
        if let Err(why) = cluster::available() {
            println!("SKIPPED: exits on PostgreSQL: {why}");
            return None;
        }
        let server = Cluster::start(cluster::Options {
            settings,
            ..cluster::Options::default()
        })
        .unwrap();
        for name in ["lending", "keys"] {
            server.create_database(name).unwrap();
        }
        let (database, key_store) = (server.url("lending"), server.url("keys"));
        Some(Self::fill(tempfile::tempdir().unwrap(), Some(server), database, key_store).await)
    }

    async fn fill(folder: TempDir, server: Option<Cluster>, database: String, key_store: String) -> Self {
        for name in ["keys", "logs", "out"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        for custodian in Custodian::ALL {
            let path = folder
                .path()
                .join("keys")
                .join(format!("{}.kek", custodian.as_str()));
            FileKek::create(
                &path,
                custodian,
                Suites::standard().by_name("aes-256-gcm").unwrap(),
            )
            .unwrap();
        }
        let clock = Clock::system();
        let mut world = Self {
            folder,
            server,
            database,
            key_store,
            firms: Vec::new(),
            clock,
        };
        let (db, vault) = (world.db().await, world.vault().await);
        store::schema::migrate(&db).await.unwrap();
        let ids = Ids::system(world.clock.clone());
        for (number, name) in ["青岩小麦加工厂", "宏远精密机械制造", "留下的公司有限责任"]
            .into_iter()
            .enumerate()
        {
            let firm = firm(&vault, &ids, name, i64::try_from(number).unwrap() + 1).await;
            for row in firm.rows.clone() {
                insert(&db, row).await;
            }
            world.firms.push(firm);
        }
        vault.close().await.unwrap();
        vault.store().close().await;
        db.close().await;
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn db(&self) -> Db {
        Db::open(&self.database, Options::default()).await.unwrap()
    }

    pub(crate) async fn vault(&self) -> Vault {
        let kek = |custodian: Custodian| -> Arc<dyn KekProvider> {
            let path = self.path("keys").join(format!("{}.kek", custodian.as_str()));
            Arc::new(FileKek::open(path, custodian, Suites::standard()).unwrap())
        };
        let parts = Parts {
            db: Db::open(&self.key_store, Options::default()).await.unwrap(),
            affairs: kek(Custodian::Affairs),
            identity: kek(Custodian::Identity),
            suites: Suites::standard(),
            clock: self.clock.clone(),
            journal: Some(self.path("keys/destroyed.journal")),
        };
        Vault::open(Arc::new(KeyStore::open(parts).await.unwrap()))
            .await
            .unwrap()
    }

    pub(crate) fn leave(&self) -> &[Firm] {
        &self.firms[..LEAVE]
    }

    pub(crate) fn order(&self) -> Order {
        Order {
            at: gather::Where {
                database: self.database.clone(),
                key_store: self.key_store.clone(),
                keys: self.path("keys"),
            },
            firms: self.leave().iter().map(|firm| firm.id.clone()).collect(),
            actor: "aud-1".into(),
            reference: "EXIT-17".into(),
        }
    }

    pub(crate) async fn witness(&self) -> Witness {
        let ordered = self.order().record(&self.clock).await.unwrap();
        gather(ordered, &self.clock, &Key::new([9; 32])).await.unwrap()
    }

    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = ["keys", "logs", "out"].map(|name| self.path(name)).into();
        match &self.server {
            Some(server) => files.push(server.folder().to_owned()),
            None => files.push(self.path("data")),
        }
        files
    }

    pub(crate) async fn scan(&self, witness: &Witness, record: &Record) -> Verification {
        let at = scan::Where {
            database: self.database.clone(),
            key_store: self.key_store.clone(),
            files: self.files(),
            papers: self.path("out"),
            archive: Some((self.path("out/archive.sealed"), self.path("archive.key"))),
        };
        scan(&at, witness, record, &self.clock).await.unwrap()
    }

    pub(crate) fn sqlite_file(&self, name: &str) -> PathBuf {
        self.path("data").join(name)
    }
}

pub(crate) async fn insert(db: &Db, row: Row) {
    let inserted = db.write::<u64, DbError, _>(move |tx| {
        Box::pin(async move {
            let columns: Vec<&str> = row.cells.iter().map(|(column, _)| *column).collect();
            let places: Vec<String> = (1..=columns.len()).map(|place| format!("${place}")).collect();
            let sql = format!(
                "INSERT INTO {} ({}) VALUES ({})",
                row.table,
                columns.join(", "),
                places.join(", ")
            );
            let values: Vec<V<'_>> = row
                .cells
                .iter()
                .map(|(_, cell)| match cell {
                    Cell::Text(text) => V::Text(text),
                    Cell::Int(int) => V::Int(*int),
                    Cell::Bytes(bytes) | Cell::Sealed(_, bytes) => V::Bytes(bytes),
                })
                .collect();
            tx.exec(&sql, &values).await
        })
    });
    inserted.await.unwrap();
}

pub(crate) fn hits<'a>(found: &'a Verification, place: &str) -> Vec<(&'a str, &'a str)> {
    let at = found.hits.iter().filter(|hit| hit.place.contains(place));
    at.map(|hit| (hit.kind.as_str(), hit.encoding.as_str())).collect()
}

pub(crate) fn whats(found: &Verification) -> Vec<&str> {
    found
        .findings
        .iter()
        .map(|finding| finding.what.as_str())
        .collect()
}

pub(crate) fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}
