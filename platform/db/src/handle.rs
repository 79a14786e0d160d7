//! The handle that everything else holds: open, write, read.

use crate::{DbError, Options, Tx};
use std::future::Future;
use std::pin::Pin;

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

/// A database. Cloning is cheap; all clones share the writer and the pools.
#[derive(Clone)]
pub struct Db {}

impl Db {
    /// Opens `sqlite:///abs/path.db`, `sqlite:rel.db` or `postgres://…`.
    ///
    /// # Errors
    /// [`DbError::Other`] for an address that is not understood,
    /// [`DbError::Unavailable`] if nothing answers there.
    pub async fn open(url: &str, options: Options) -> Result<Self, DbError> {
        let _ = options;
        Err(DbError::Unavailable(format!("{url} is not opened yet")))
    }

    /// Which database this is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    /// Runs a job in a transaction and answers once it is durable.
    ///
    /// # Errors
    /// The job's own error, after rolling back; or a [`DbError`].
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        drop(job);
        Err(DbError::Overloaded.into())
    }

    /// As [`Db::write`], ahead of everything that waits, in a commit of its own.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_first<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        drop(job);
        Err(DbError::Overloaded.into())
    }

    /// Runs a job that only reads.
    ///
    /// # Errors
    /// The job's own error, or a [`DbError`].
    pub async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        drop(job);
        Err(DbError::Overloaded.into())
    }

    /// Waits until the database must no longer be used, and says why: the process
    /// then has to stop. Never returns while all is well.
    pub async fn failed(&self) -> DbError {
        std::future::pending().await
    }

    /// Finishes what waits, refuses what comes, and closes the files or connections.
    pub async fn close(&self) {}
}
