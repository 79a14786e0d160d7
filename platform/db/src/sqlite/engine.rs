//! SQLite as a whole: the writer's queue, the readers, and how both stop.

use super::log::Log;
use super::queue::Queue;
use super::readers::Readers;
use super::task::Waiting;
use super::writer::Writer;
use crate::{DbError, Job, Options, Row, Tx, V};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

pub(crate) struct Sqlite {
    queue: Arc<Queue>,
    readers: Readers,
    failed: watch::Receiver<Option<DbError>>,
}

impl Sqlite {
    pub(crate) async fn open(path: PathBuf, options: Options) -> Result<Self, DbError> {
        let (failed, watching) = watch::channel(None);
        let queue = Arc::new(Queue::new(options.queue));
        let mut writer = Writer {
            queue: Arc::clone(&queue),
            log: None,
            failed,
            budget: options.budget,
        };
        let (opened, opening) = oneshot::channel();
        let runtime = Handle::current();
        // Opening may recover a log and sync it: the thread that writes waits for
        // that, not a thread of the runtime.
        let thread = move || {
            let both = super::open::writer(&path, &options).and_then(|session| {
                if session.synced_beside {
                    let log = Log::open(&path, Arc::clone(&writer.queue))
                        .map_err(|error| DbError::Unavailable(format!("syncing the log: {error}")))?;
                    writer.log = Some(Arc::new(log));
                }
                let other = super::open::writer(&path, &options)?.conn;
                let readers = Readers::open(&path, &options, writer.log.clone())?;
                Ok((session, other, readers))
            });
            match both {
                Err(error) => drop(opened.send(Err(error))),
                Ok((session, other, readers)) => {
                    if opened.send(Ok(readers)).is_ok() {
                        writer.run(session, other, &runtime);
                    }
                }
            }
        };
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(thread)
            .map_err(|error| DbError::Unavailable(format!("starting the writer thread: {error}")))?;
        let readers = opening.await.map_err(|_| stopped())??;
        Ok(Self {
            queue,
            readers,
            failed: watching,
        })
    }

    /// Queues a job and waits for its group's end. Dropping this future leaves the
    /// job where it is: it runs, and commits, all the same.
    pub(crate) async fn write<T, E, F>(&self, job: F, first: bool, budget: Option<Duration>) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            job: Some(job),
            result: None,
            answer,
            budget,
        };
        self.queue.push(Box::new(waiting), first)?;
        match answered.await {
            Ok(result) => result,
            // The thread died with the job in its hands.
            Err(_) => Err(DbError::Ambiguous("the writer stopped before it answered".to_owned()).into()),
        }
    }

    pub(crate) async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E>,
        E: From<DbError>,
    {
        self.readers.run(job).await
    }

    pub(crate) async fn one(&self, sql: &str, values: &[V<'_>]) -> Result<Option<Row>, DbError> {
        self.readers.one(sql, values).await
    }

    pub(crate) async fn failed(&self) -> DbError {
        let mut failed = self.failed.clone();
        let error = failed
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|error| error.clone());
        match error {
            Some(error) => error,
            // The writer ended in good order: there is nothing to report, ever.
            None => std::future::pending().await,
        }
    }

    pub(crate) async fn close(&self) {
        self.queue
            .close(DbError::Unavailable("the database is closed".to_owned()));
        let mut failed = self.failed.clone();
        // The sender goes with the thread, after its last job and its connection.
        while failed.changed().await.is_ok() {}
        self.readers.close().await;
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        // The thread finishes what was accepted, then ends by itself.
        self.queue.close(stopped());
    }
}

fn stopped() -> DbError {
    DbError::Unavailable("the writer has stopped".to_owned())
}
