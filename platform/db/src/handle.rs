//! The handle that everything else holds: open, write, read.

use crate::address::Address;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::{DbError, Options, Row, Tx, V};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Which database answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite, embedded.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// The future of one transaction's work.
pub type Job<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// A future that is compiled in this crate, once. What an `async fn` awaits is compiled again in every crate that
/// awaits it, and what lies under PostgreSQL's protocol was a tenth of the code of each.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A database. Cloning is cheap; all clones share the writer and the pools.
#[derive(Clone)]
pub struct Db(Arc<Engine>);

enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Db {
    /// Opens `sqlite:///abs/path.db`, `sqlite:rel.db` or `postgres://…`. A missing
    /// SQLite file is created; a PostgreSQL server must be a primary.
    ///
    /// # Errors
    /// [`DbError::Other`] for an address that is not understood,
    /// [`DbError::Unavailable`] if nothing answers there.
    pub async fn open(url: &str, options: Options) -> Result<Self, DbError> {
        open(url, options).await
    }

    /// Which database this is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match &*self.0 {
            Engine::Sqlite(_) => Dialect::Sqlite,
            Engine::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a job in a transaction and answers once it is durable. Dropping the
    /// future does not stop the job.
    ///
    /// # Errors
    /// The job's own error, after rolling back; or a [`DbError`].
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.write(job, false, None).await,
            Engine::Postgres(postgres) => Box::pin(postgres.write(job, false, None)).await,
        }
    }

    /// As [`Db::write`], ahead of everything that waits: on SQLite in a commit of its
    /// own, on PostgreSQL over connections that no other write uses.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_first<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.write_ahead(job, None).await
    }

    /// As [`Db::write_first`], with a time for the job's SQL of its own: for
    /// migrations, which may rewrite a table.
    pub(crate) async fn write_ahead<T, E, F>(&self, job: F, budget: Option<Duration>) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.write(job, true, budget).await,
            Engine::Postgres(postgres) => Box::pin(postgres.write(job, true, budget)).await,
        }
    }

    /// Runs a job that only reads; a statement that writes is refused. On SQLite all
    /// its statements see one snapshot; on PostgreSQL, which reads committed, each
    /// statement sees its own, so what must agree is read in one statement.
    ///
    /// # Errors
    /// The job's own error, or a [`DbError`].
    pub async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.read(job).await,
            Engine::Postgres(postgres) => Box::pin(postgres.read(job)).await,
        }
    }

    /// Runs one query and gives its first row, if any. It is a snapshot by itself, so
    /// it needs no BEGIN and ROLLBACK, which on SQLite cost as much as a look-up by key.
    ///
    /// # Errors
    /// A [`DbError`]; [`DbError::Other`] for a statement that writes.
    pub async fn one(&self, sql: &str, values: &[V<'_>]) -> Result<Option<Row>, DbError> {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.one(sql, values).await,
            Engine::Postgres(postgres) => postgres.one(sql, values).await,
        }
    }

    /// Waits until the database must no longer be used, and says why: the process
    /// then has to stop. Never returns while all is well. PostgreSQL never asks for
    /// it, as its server stops itself when an fsync fails.
    pub async fn failed(&self) -> DbError {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.failed().await,
            Engine::Postgres(_) => std::future::pending().await,
        }
    }

    /// Refuses what comes, finishes what waits, and closes files or connections.
    pub async fn close(&self) {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Postgres(postgres) => postgres.close().await,
        }
    }
}

fn open(url: &str, options: Options) -> Boxed<'_, Result<Db, DbError>> {
    Box::pin(async move {
        let engine = match Address::parse(url)? {
            Address::Sqlite(path) => Engine::Sqlite(Sqlite::open(path, options).await?),
            Address::Postgres(url) => Engine::Postgres(Postgres::open(url, options).await?),
        };
        Ok(Db(Arc::new(engine)))
    })
}
