//! A key store per story, as many instances over it as the story needs, and the
//! macro that tells it on both databases.

use std::path::PathBuf;
use std::sync::Arc;

use base::clock::Clock;
use db::{Db, Options};
use tempfile::TempDir;
use vault::Vault;
use vault::suite::Suites;
use vault::{Category, Custodian, FileKek, KekProvider, KeyStore, Parts, Place, SealedColumn, VaultError};

/// Tells a story, an async function of a [`Fixture`], on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($story:ident),+ $(,)?) => { $(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$story(crate::fixture::Fixture::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$story(crate::fixture::Fixture::postgres()).await;
            }
        }
    )+ };
}
pub(crate) use on_both;

pub(crate) static NAME: SealedColumn = SealedColumn {
    table: "firms",
    column: "name_sealed",
    category: Category::Profile,
};
pub(crate) static PHONE: SealedColumn = SealedColumn {
    table: "firms",
    column: "phone_sealed",
    category: Category::Identity,
};
pub(crate) static ANSWER: SealedColumn = SealedColumn {
    table: "pulls",
    column: "answer_sealed",
    category: Category::Answers,
};

pub(crate) fn at(column: &'static SealedColumn) -> Place<'static> {
    Place { column, row: "frm_1" }
}

pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
    pub(crate) url: String,
}

impl Fixture {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("keys.db").display());
        Self::over(folder, url)
    }

    pub(crate) fn postgres() -> Self {
        Self::over(tempfile::tempdir().unwrap(), cluster::fresh_database().unwrap())
    }

    fn over(folder: TempDir, url: String) -> Self {
        let fixture = Self { folder, url };
        for custodian in Custodian::ALL {
            let aes = Suites::standard().by_number(1).unwrap();
            FileKek::create(fixture.kek(custodian), custodian, aes).unwrap();
        }
        fixture
    }

    pub(crate) fn kek(&self, custodian: Custodian) -> PathBuf {
        self.folder.path().join(format!("{}.kek", custodian.as_str()))
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.path().join("destroyed.log")
    }

    pub(crate) async fn db(&self) -> Db {
        Db::open(&self.url, Options::default()).await.unwrap()
    }

    pub(crate) async fn parts(&self, clock: Clock) -> Parts {
        let kek = |custodian| -> Arc<dyn KekProvider> {
            Arc::new(FileKek::open(self.kek(custodian), custodian, Suites::standard()).unwrap())
        };
        Parts {
            db: self.db().await,
            affairs: kek(Custodian::Affairs),
            identity: kek(Custodian::Identity),
            suites: Suites::standard(),
            clock,
            journal: Some(self.journal()),
        }
    }

    /// As another process opens it: its own connections, its own copy of the KEKs.
    pub(crate) async fn store(&self) -> Arc<KeyStore> {
        Arc::new(KeyStore::open(self.parts(Clock::system()).await).await.unwrap())
    }

    pub(crate) async fn vault(&self) -> Vault {
        Vault::open(self.store().await).await.unwrap()
    }

    pub(crate) async fn try_store(&self) -> Result<KeyStore, VaultError> {
        KeyStore::open(self.parts(Clock::system()).await).await
    }
}
