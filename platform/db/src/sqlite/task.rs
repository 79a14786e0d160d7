//! A job with its type erased: run first, answered only when its group has ended.

use crate::{DbError, Job, Tx};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::oneshot;

/// A job as the writer sees it.
pub(crate) trait Task: Send {
    /// Runs the job; `false` asks for its work to be rolled back.
    fn run(&mut self, tx: &mut Tx) -> bool;

    /// How long its SQL may take; `None` for the database's default.
    fn budget(&self) -> Option<Duration>;

    /// Answers the caller: the job's own result, or why its group failed.
    fn settle(self: Box<Self>, failure: Option<&DbError>);
}

pub(crate) struct Waiting<F, T, E> {
    pub(crate) job: Option<F>,
    pub(crate) result: Option<Result<T, E>>,
    pub(crate) answer: oneshot::Sender<Result<T, E>>,
    pub(crate) budget: Option<Duration>,
}

impl<F, T, E> Task for Waiting<F, T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    fn run(&mut self, tx: &mut Tx) -> bool {
        let Some(job) = self.job.take() else { return false };
        // The job owns all that it changes but the transaction, which is rolled back.
        let outcome = catch_unwind(AssertUnwindSafe(|| poll_once(job, tx)));
        let result = outcome.unwrap_or_else(|_| Err(DbError::Other("the job panicked".to_owned()).into()));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn budget(&self) -> Option<Duration> {
        self.budget
    }

    fn settle(self: Box<Self>, failure: Option<&DbError>) {
        let result = match (failure, self.result) {
            (None, Some(result)) => result,
            (Some(error), _) => Err(error.clone().into()),
            (None, None) => Err(DbError::Unavailable("the job was not run".to_owned()).into()),
        };
        // A caller that has gone away does not undo its job.
        let _ = self.answer.send(result);
    }
}

/// Polls a job exactly once: all its SQL runs in place, so it can only be pending
/// on something that has no business inside a transaction.
///
/// # Errors
/// The job's own; [`DbError::NotSql`]; or the statement error that it swallowed.
pub(crate) fn poll_once<F, T, E>(job: F, tx: &mut Tx) -> Result<T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E>,
    E: From<DbError>,
{
    let mut context = Context::from_waker(Waker::noop());
    let poll = job(tx).as_mut().poll(&mut context);
    match (poll, tx.doomed()) {
        (Poll::Pending, _) => Err(DbError::NotSql.into()),
        (Poll::Ready(Ok(_)), Some(error)) => Err(error.into()),
        (Poll::Ready(result), _) => result,
    }
}
