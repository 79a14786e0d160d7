//! PostgreSQL as a whole: which pool a job runs on, and what bounds it.

use super::pools::{self, Pools};
use super::session::Session;
use super::transaction::{self, Course};
use crate::handle::Boxed;
use crate::tx::Inner;
use crate::{DbError, Job, Options, Row, Tx, V};
use sqlx::PgPool;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

pub(crate) struct Postgres {
    pools: Pools,
    /// Jobs running or waiting for a connection, as SQLite's queue is bounded.
    room: Arc<Semaphore>,
    wait: Duration,
}

/// How much longer than the server's own limit a statement that reads may be without an answer: the server has said
/// by then that it stopped, unless nothing arrives from it any more.
const SILENT: Duration = Duration::from_secs(1);

impl Postgres {
    pub(crate) async fn open(url: &str, options: Options) -> Result<Self, DbError> {
        let room = Arc::new(Semaphore::new(options.queue.saturating_add(options.writers)));
        Ok(Self {
            pools: pools::open(url, &options).await?,
            room,
            wait: options.wait,
        })
    }

    /// Runs a job in a task of its own: a caller that goes away neither aborts nor
    /// halves it.
    pub(crate) async fn write<T, E, F>(&self, job: F, first: bool, budget: Option<Duration>) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let permit = match first {
            true => None,
            false => Some(
                Arc::clone(&self.room)
                    .try_acquire_owned()
                    .map_err(|_| DbError::Overloaded)?,
            ),
        };
        let pool = if first {
            &self.pools.first
        } else {
            &self.pools.writes
        };
        let course = Course {
            pool: pool.clone(),
            wait: self.wait,
            budget,
        };
        let task = tokio::spawn(async move {
            let _permit = permit;
            transaction::run(course, job).await
        });
        match task.await {
            Ok(result) => result,
            Err(error) if error.is_panic() => Err(DbError::Other("the job panicked".to_owned()).into()),
            // The runtime is stopping; the commit may have been sent.
            Err(_) => Err(DbError::Ambiguous("the job was cut off".to_owned()).into()),
        }
    }

    /// Runs a job that reads, without BEGIN and COMMIT: under READ COMMITTED every
    /// statement has its own snapshot anyway, so they would only add round trips.
    pub(crate) async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E>,
        E: From<DbError>,
    {
        let conn = transaction::acquire(&self.pools.reads).await?;
        let mut tx = Tx {
            inner: Inner::Postgres(Box::new(Session::new(conn, self.wait + SILENT))),
        };
        let result = job(&mut tx).await;
        match (result, tx.doomed()) {
            (Ok(_), Some(error)) => Err(error.into()),
            (result, _) => result,
        }
    }

    /// Runs one query.
    pub(crate) fn one<'a>(
        &'a self,
        sql: &'a str,
        values: &'a [V<'a>],
    ) -> Boxed<'a, Result<Option<Row>, DbError>> {
        Box::pin(async move {
            let conn = transaction::acquire(&self.pools.reads).await?;
            Session::new(conn, self.wait + SILENT).one(sql, values).await
        })
    }

    pub(crate) fn close(&self) -> Boxed<'_, ()> {
        Box::pin(async move {
            let pools: [&PgPool; 3] = [&self.pools.writes, &self.pools.first, &self.pools.reads];
            for pool in pools {
                pool.close().await;
            }
        })
    }
}
