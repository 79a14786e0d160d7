//! A database with the gated tables in their shortest form, open for business.

use std::collections::BTreeSet;
use std::time::Duration;

use cluster::Cluster;
use db::{Db, DbError, Dialect, Migration, Options};
use gate::{Agreed, GateError, Order, Status};
use tempfile::TempDir;

const BUSINESS: Migration = Migration {
    id: "business",
    sql: "CREATE TABLE applications (id TEXT PRIMARY KEY, state TEXT NOT NULL,
            product TEXT NOT NULL DEFAULT 'micro', channel TEXT NOT NULL DEFAULT 'app',
            region TEXT NOT NULL DEFAULT '330102');
          CREATE TABLE offers (id TEXT PRIMARY KEY, state TEXT NOT NULL, application_id TEXT);
          CREATE TABLE contracts (id TEXT PRIMARY KEY, state TEXT NOT NULL, application_id TEXT,
            limit_amount BIGINT NOT NULL DEFAULT 100);
          CREATE TABLE draws (id TEXT PRIMARY KEY, state TEXT NOT NULL, contract_id TEXT);
          CREATE TABLE loans (id TEXT PRIMARY KEY, state TEXT NOT NULL, contract_id TEXT);
          CREATE TABLE renewals (id TEXT PRIMARY KEY, state TEXT NOT NULL, loan_id TEXT);",
};

pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) url: String,
    /// SQLite's folder; PostgreSQL's cluster is the test process's.
    folder: Option<TempDir>,
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("business.db").display());
        Self::over(url, Some(folder)).await
    }

    pub(crate) async fn postgres() -> Self {
        let url = cluster::fresh_database().expect("PostgreSQL is installed and starts");
        Self::over(url, None).await
    }

    /// On a server that the test may kill.
    pub(crate) async fn on(cluster: &Cluster) -> Self {
        cluster.create_database("business").unwrap();
        Self::over(cluster.url("business"), None).await
    }

    async fn over(url: String, folder: Option<TempDir>) -> Self {
        let db = Db::open(&url, Options::default()).await.unwrap();
        db::migrate(&db, &[BUSINESS, evidence::MIGRATION, gate::migration()])
            .await
            .unwrap();
        Self { db, url, folder }
    }

    pub(crate) fn file(&self) -> std::path::PathBuf {
        self.folder
            .as_ref()
            .expect("only SQLite has a file to open")
            .path()
            .join("business.db")
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.db.dialect() == Dialect::Postgres
    }

    /// Runs one statement in a transaction of its own, as the service would.
    pub(crate) async fn run(&self, sql: &str) -> Result<u64, DbError> {
        run(&self.db, sql).await
    }

    pub(crate) async fn apply(&self, id: &str) -> Result<u64, DbError> {
        self.run(&format!(
            "INSERT INTO applications (id, state) VALUES ('{id}', 'submitted')"
        ))
        .await
    }

    /// The ids of a table in a fresh snapshot.
    pub(crate) async fn ids(&self, table: &str) -> BTreeSet<String> {
        let sql = format!("SELECT id FROM {table}");
        self.texts(&sql).await.into_iter().collect()
    }

    /// The first column of every row.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = sql.to_owned();
        let read = self.db.read(move |tx| {
            Box::pin(async move {
                let rows = tx.many(&sql, &[]).await?;
                rows.iter()
                    .map(|row| row.text(0).map(str::to_owned))
                    .collect::<Result<Vec<_>, DbError>>()
            })
        });
        read.await.unwrap()
    }

    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = sql.to_owned();
        let read = self
            .db
            .read(move |tx| Box::pin(async move { tx.one(&sql, &[]).await?.unwrap().int(0) }));
        read.await.unwrap()
    }
}

pub(crate) async fn run(db: &Db, sql: &str) -> Result<u64, DbError> {
    let sql = sql.to_owned();
    db.write(move |tx| Box::pin(async move { tx.exec(&sql, &[]).await }))
        .await
}

/// An order with a grace of one second.
pub(crate) fn order(reason: &str) -> Order {
    Order {
        actor: "operator-1".to_owned(),
        reason: reason.to_owned(),
        incident: Some("inc-7".to_owned()),
        at: 1_767_225_600_000_000,
        grace: Order::GRACE,
    }
}

pub(crate) fn order_with_grace(grace: Duration) -> Order {
    Order {
        grace,
        ..order("drill")
    }
}

/// Whether the gate refused because it is not open.
pub(crate) fn is_closed<T>(answer: &Result<T, DbError>) -> bool {
    matches!(answer, Err(DbError::Raised { code, .. }) if code == "intake_closed")
}

pub(crate) async fn until<F: Future<Output = bool>>(holds: impl Fn() -> F) {
    let waited = tokio::time::timeout(Duration::from_secs(10), async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.expect("within ten seconds");
}

/// Tells a story (an async function that takes a [`World`]) on both databases.
macro_rules! on_both {
    ($($story:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() { super::$story(crate::world::World::sqlite().await).await; })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() { super::$story(crate::world::World::postgres().await).await; })+
        }
    };
}
pub(crate) use on_both;

/// How the gate stands for everything.
pub(crate) async fn status(db: &Db) -> Result<Status, GateError> {
    Ok(gate::scopes(db).await?.remove(0))
}

/// What was agreed on about the gate as it stands.
pub(crate) async fn agreed(db: &Db) -> Result<Agreed, GateError> {
    Ok(Agreed {
        proposal: "pro_1".to_owned(),
        epoch: status(db).await?.epoch,
    })
}

/// Opens the gate as several persons agreed.
pub(crate) async fn reopen(db: &Db, order: Order) -> Result<Status, GateError> {
    let epoch = status(db).await?.epoch;
    reopen_at(db, order, epoch).await
}

/// Opens what was closed at this epoch, as several persons agreed.
pub(crate) async fn reopen_at(db: &Db, order: Order, epoch: i64) -> Result<Status, GateError> {
    let agreed = Agreed {
        proposal: "pro_1".to_owned(),
        epoch,
    };
    db.write_first(move |tx| {
        Box::pin(async move {
            gate::ask_in(tx, &order, &agreed).await?;
            gate::reopen_in(tx, &order, &agreed).await
        })
    })
    .await
}
