//! The one thread that writes: groups, then checkpoints, until the queue closes.

use super::checkpoint::Checkpoints;
use super::group::{self, End};
use super::queue::Queue;
use super::session::Session;
use crate::{DbError, Tx, failpoint};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;

pub(crate) struct Writer {
    pub(crate) queue: Arc<Queue>,
    pub(crate) failed: watch::Sender<Option<DbError>>,
    pub(crate) budget: Duration,
}

impl Writer {
    /// Runs until the queue is closed and empty. `runtime` is entered so that a job
    /// which sleeps is found pending, and refused, rather than panicking.
    pub(crate) fn run(self, session: Session, runtime: &Handle) {
        let _entered = runtime.enter();
        let mut checkpoints = match Checkpoints::install(&session.conn) {
            Ok(checkpoints) => checkpoints,
            Err(error) => {
                return self.stop(DbError::Unavailable(format!(
                    "the database cannot be asked for its pages: {error}"
                )));
            }
        };
        failpoint::hook(&session.conn);
        let mut tx = Tx::of_sqlite(session);
        while self.queue.wait() {
            let end = group::run(&mut tx, &self.queue, self.budget);
            let failure = match end {
                End::Poisoned(error) => Some(error),
                End::Done => checkpoints
                    .after_commit(&tx.sqlite().conn)
                    .err()
                    .map(|error| DbError::Unavailable(format!("the checkpoint failed: {error}"))),
            };
            if let Some(error) = failure {
                self.stop(error);
                // Closing the connection would sync and checkpoint once more.
                std::mem::forget(tx);
                return;
            }
        }
    }

    /// Refuses everything from now on. A failed fsync is never tried again: the
    /// kernel may report success the second time and have dropped the pages.
    fn stop(&self, error: DbError) {
        tracing::error!(%error, "the database must not be written any more; the process has to stop");
        let _ = self.failed.send_replace(Some(error));
    }
}

impl Drop for Writer {
    /// Whatever ended the thread, nobody waits for ever.
    fn drop(&mut self) {
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
