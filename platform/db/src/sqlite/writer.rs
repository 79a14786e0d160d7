//! The one thread that writes: groups, then checkpoints, until the queue closes.

use super::checkpoint::Checkpoints;
use super::group::{self, End};
use super::log::Log;
use super::queue::Queue;
use super::session::Session;
use crate::{DbError, Tx, failpoint};
use rusqlite::Connection;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;

pub(crate) struct Writer {
    pub(crate) queue: Arc<Queue>,
    /// What is synced beside; without it, a commit returns only when it is on the disk.
    pub(crate) log: Option<Arc<Log>>,
    pub(crate) failed: watch::Sender<Option<DbError>>,
    pub(crate) budget: Duration,
}

impl Writer {
    /// Runs until the queue is closed and empty. `runtime` is entered so that a job
    /// which sleeps is found pending, and refused, rather than panicking.
    /// `other` is a second connection that commits.
    pub(crate) fn run(self, session: Session, other: Connection, runtime: &Handle) {
        let _entered = runtime.enter();
        let mut checkpoints = match Checkpoints::install(&session.conn, other, Arc::clone(&self.queue)) {
            Ok(checkpoints) => checkpoints,
            Err(error) => return self.stop(error),
        };
        failpoint::hook(&session.conn);
        let syncing = match self.log.as_ref().map(beside).transpose() {
            Ok(syncing) => syncing,
            Err(error) => {
                return self.stop(DbError::Unavailable(format!(
                    "starting the thread that syncs: {error}"
                )));
            }
        };
        let mut tx = Tx::of_sqlite(session);
        let failure = self.write(&mut tx, &mut checkpoints);
        // What was committed is answered first.
        if let Some(log) = &self.log {
            log.close();
        }
        let synced = syncing.is_none_or(|thread| thread.join().is_ok());
        let failure = failure
            .or_else(|| self.log.as_ref().and_then(|log| log.failed()))
            .or_else(|| (!synced).then(|| DbError::Ambiguous("the thread that syncs panicked".to_owned())))
            .or_else(|| checkpoints.close().err().map(|error| checkpoint_failed(&error)));
        if let Some(error) = failure {
            self.stop(error);
            // Closing the connection would sync and checkpoint once more.
            std::mem::forget(tx);
        }
    }

    /// Writes group after group; why no more, if it was not told to end.
    fn write(&self, tx: &mut Tx, checkpoints: &mut Checkpoints) -> Option<DbError> {
        let log = self.log.as_deref();
        while self.queue.wait() {
            if let End::Poisoned(error) = group::run(tx, &self.queue, log, self.budget) {
                return Some(error);
            }
            if let Some(error) = log.and_then(Log::failed) {
                return Some(error);
            }
            if let Err(error) = checkpoints.after_commit(&tx.sqlite().conn) {
                return Some(checkpoint_failed(&error));
            }
        }
        None
    }

    /// Refuses everything from now on. A failed fsync is never tried again: the
    /// kernel may report success the second time and have dropped the pages.
    fn stop(&self, error: DbError) {
        tracing::error!(%error, "the database must not be written any more; the process has to stop");
        let _ = self.failed.send_replace(Some(error));
    }
}

fn checkpoint_failed(error: &rusqlite::Error) -> DbError {
    DbError::Unavailable(format!("the checkpoint failed: {error}"))
}

/// The thread that syncs the log.
fn beside(log: &Arc<Log>) -> std::io::Result<JoinHandle<()>> {
    let log = Arc::clone(log);
    std::thread::Builder::new()
        .name("sqlite-log".to_owned())
        .spawn(move || log.run())
}

impl Drop for Writer {
    /// Whatever ended the thread, nobody waits for ever.
    fn drop(&mut self) {
        if let Some(log) = &self.log {
            log.close();
        }
        let reason = DbError::Unavailable("the writer has stopped".to_owned());
        self.queue.close(reason.clone());
        for task in self.queue.drain() {
            task.settle(Some(&reason));
        }
        if std::thread::panicking() {
            let _ = self.failed.send_replace(Some(reason));
        }
    }
}
