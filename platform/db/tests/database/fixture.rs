//! A fresh database per test, and the macro that tells a story on both.

use cluster::fresh_database;
use db::{Db, DbError, Job, Migration, Options, Tx, V};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::Semaphore;

/// Tests a story, an async function of a [`Fixture`], on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($story:ident),+ $(,)?) => { $(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$story(crate::fixture::Fixture::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$story(crate::fixture::Fixture::postgres().await).await;
            }
        }
    )+ };
}
pub(crate) use on_both;

pub(crate) const SCHEMA: &[Migration] = &[Migration {
    id: "0001_test",
    sql: "
CREATE TABLE things (id TEXT PRIMARY KEY, n BIGINT, note TEXT, seal {blob}, code TEXT UNIQUE);
CREATE UNIQUE INDEX things_note ON things (note, n);
CREATE TABLE parts (
  id TEXT PRIMARY KEY,
  thing TEXT NOT NULL REFERENCES things (id),
  amount BIGINT CONSTRAINT parts_positive CHECK (amount > 0)
);
-- @sqlite
CREATE TRIGGER things_closed BEFORE INSERT ON things WHEN NEW.id = 'late'
BEGIN SELECT RAISE(ABORT, 'backstop:intake_closed:since 10:30'); END;
-- @postgres
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'backstop:intake_closed:since 10:30' USING ERRCODE = 'BS001'; END $$;
CREATE TRIGGER things_closed BEFORE INSERT ON things FOR EACH ROW WHEN (NEW.id = 'late')
EXECUTE FUNCTION refuse();
-- @both
",
}];

pub(crate) struct Fixture {
    pub(crate) db: Db,
    pub(crate) url: String,
    _folder: Option<TempDir>,
}

impl Fixture {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        Self::at(url, Some(folder)).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::at(fresh_database().unwrap(), None).await
    }

    async fn at(url: String, folder: Option<TempDir>) -> Self {
        let db = Db::open(&url, Options::default()).await.unwrap();
        db::migrate(&db, SCHEMA).await.unwrap();
        Self {
            db,
            url,
            _folder: folder,
        }
    }

    /// Another handle on the same database, with other bounds.
    pub(crate) async fn open(&self, options: Options) -> Db {
        Db::open(&self.url, options).await.unwrap()
    }

    /// Closes the database and opens it anew: what is there now was kept.
    pub(crate) async fn reopen(&mut self) {
        self.db.close().await;
        self.db = self.open(Options::default()).await;
    }

    /// The ids in `things`, in order.
    pub(crate) async fn things(&self) -> Vec<String> {
        ids(&self.db).await
    }
}

/// The ids in `things`, in order.
pub(crate) async fn ids(db: &Db) -> Vec<String> {
    let rows = db
        .read(|tx| Box::pin(async move { tx.many("SELECT id FROM things ORDER BY id", &[]).await }))
        .await
        .unwrap();
    rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
}

/// Inserts one thing by its id.
pub(crate) async fn add(tx: &mut Tx, id: &str) -> Result<u64, DbError> {
    tx.exec("INSERT INTO things (id) VALUES ($1)", &[id.into()]).await
}

/// A job that inserts one thing.
pub(crate) fn adding(
    id: impl Into<String>,
) -> impl for<'t> FnOnce(&'t mut Tx) -> Job<'t, u64, DbError> + Send {
    let id = id.into();
    move |tx| Box::pin(async move { add(tx, &id).await })
}

/// A job that runs one statement without parameters.
pub(crate) fn running(sql: &'static str) -> impl for<'t> FnOnce(&'t mut Tx) -> Job<'t, u64, DbError> + Send {
    move |tx| Box::pin(async move { tx.exec(sql, &[] as &[V<'_>]).await })
}

/// Holds a job inside its transaction until it is let go.
#[derive(Clone)]
pub(crate) struct Hold {
    here: Arc<Semaphore>,
    go: Arc<Semaphore>,
}

impl Hold {
    /// Occupies a writer: returns once the job runs.
    pub(crate) async fn occupy(db: &Db) -> Self {
        let hold = Self {
            here: Arc::new(Semaphore::new(0)),
            go: Arc::new(Semaphore::new(0)),
        };
        let (db, inside) = (db.clone(), hold.clone());
        tokio::spawn(async move { db.write(|tx| Box::pin(inside.stay(tx.dialect()))).await });
        let arrived = hold.here.acquire().await.unwrap();
        arrived.forget();
        hold
    }

    pub(crate) fn release(&self) {
        self.go.add_permits(1);
    }

    /// SQLite's writer is a thread and may not await; PostgreSQL's is a task.
    async fn stay(self, dialect: db::Dialect) -> Result<(), DbError> {
        self.here.add_permits(1);
        match dialect {
            db::Dialect::Sqlite => {
                while self.go.try_acquire().is_err() {
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
            }
            db::Dialect::Postgres => self.go.acquire().await.unwrap().forget(),
        }
        Ok(())
    }
}
