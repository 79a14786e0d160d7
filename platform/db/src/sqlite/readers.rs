//! Read connections, used in place by the task that reads.

use super::log::Log;
use super::session::Session;
use super::task::poll_once;
use crate::{DbError, Job, Options, Row, Tx, V};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};

pub(crate) struct Readers {
    /// Where what is read may not be on the disk yet.
    log: Option<Arc<Log>>,
    count: u32,
    free: Semaphore,
    idle: Mutex<Vec<Tx>>,
    wait: Duration,
    budget: Duration,
}

impl Readers {
    pub(crate) fn open(path: &Path, options: &Options, log: Option<Arc<Log>>) -> Result<Self, DbError> {
        // More than a hundred would hold cache and no more cores.
        let count = u32::try_from(options.readers.clamp(1, 100)).unwrap_or(1);
        let idle = (0..count)
            .map(|_| super::open::reader(path, options).map(Tx::of_sqlite))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            log,
            count,
            free: Semaphore::new(count as usize),
            idle: Mutex::new(idle),
            wait: options.wait,
            budget: options.budget,
        })
    }

    /// Runs a job on one snapshot.
    pub(crate) async fn run<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E>,
        E: From<DbError>,
    {
        // Held past the lease that it stands for, not while the disk is waited for.
        let permit = self.permit().await?;
        let Some(mut lease) = self.lease() else {
            return Err(closed().into());
        };
        let read = poll_once(job, lease.begin(self.budget)?);
        drop(lease);
        drop(permit);
        self.caught_up().await?;
        read
    }

    /// Runs one query, which is a snapshot by itself.
    pub(crate) async fn one(&self, sql: &str, values: &[V<'_>]) -> Result<Option<Row>, DbError> {
        let permit = self.permit().await?;
        let mut lease = self.lease().ok_or_else(closed)?;
        let session = lease.session()?;
        session.budget.start(self.budget);
        let row = session.one(sql, values);
        drop(lease);
        drop(permit);
        self.caught_up().await?;
        row
    }

    /// Nobody is given what a power failure could still take back.
    async fn caught_up(&self) -> Result<(), DbError> {
        let Some(log) = &self.log else { return Ok(()) };
        tokio::time::timeout(self.wait, log.caught_up())
            .await
            .map_err(|_| DbError::Unavailable("the log is not synced in time".to_owned()))?
    }

    /// A place among those who read. Most find one free and set no timer; who waits already goes first.
    async fn permit(&self) -> Result<SemaphorePermit<'_>, DbError> {
        match self.free.try_acquire() {
            Ok(permit) => Ok(permit),
            Err(TryAcquireError::Closed) => Err(closed()),
            Err(TryAcquireError::NoPermits) => tokio::time::timeout(self.wait, self.free.acquire())
                .await
                .map_err(|_| DbError::Overloaded)?
                .map_err(|_| closed()),
        }
    }

    /// Waits for the running reads, then closes every connection.
    pub(crate) async fn close(&self) {
        let all = self.free.acquire_many(self.count).await;
        self.free.close();
        self.lock().clear();
        drop(all);
    }

    fn lease(&self) -> Option<Lease<'_>> {
        let tx = self.lock().pop();
        tx.map(|tx| Lease {
            tx: Some(tx),
            readers: self,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Tx>> {
        // Nothing can panic between taking and giving back.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn closed() -> DbError {
    DbError::Unavailable("the database is closed".to_owned())
}

/// A connection on loan; it comes back clean, even from a job that panicked.
struct Lease<'r> {
    tx: Option<Tx>,
    readers: &'r Readers,
}

impl Lease<'_> {
    fn session(&mut self) -> Result<&mut Session, DbError> {
        self.tx.as_mut().map(Tx::sqlite).ok_or_else(closed)
    }

    fn begin(&mut self, budget: Duration) -> Result<&mut Tx, DbError> {
        let tx = self.tx.as_mut().ok_or_else(closed)?;
        let session = tx.sqlite();
        // Two flags in memory; the snapshot itself is taken by the first statement.
        session
            .conn
            .prepare_cached("BEGIN")
            .and_then(|mut begin| begin.raw_execute())
            .map_err(|error| super::errors::unavailable("beginning to read", &error))?;
        session.budget.start(budget);
        Ok(tx)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let Some(mut tx) = self.tx.take() else { return };
        let session = tx.sqlite();
        session.budget.stop();
        session.doomed = None;
        let ended = session.conn.is_autocommit()
            || session
                .conn
                .prepare_cached("ROLLBACK")
                .and_then(|mut end| end.raw_execute())
                .is_ok();
        if !ended {
            tracing::error!("a read transaction did not end; its connection keeps an old snapshot");
        }
        self.readers.lock().push(tx);
    }
}
