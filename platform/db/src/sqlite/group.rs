//! One group: many jobs, each in its own savepoint, one commit for all.

use super::checkpoint;
use super::log::Log;
use super::queue::Queue;
use super::task::Task;
use crate::{DbError, Tx, failpoint};
use std::time::{Duration, Instant};

/// Jobs in one commit: past 256 the fdatasync is shared so widely that more would
/// only add latency.
const JOBS: usize = 256;

/// Time in one commit: the longest that the switch waits behind others' work.
const TIME: Duration = Duration::from_millis(5);

/// With no sync to wait for, a group takes of those who come while it fills one for each that waited
/// when it began. With nobody else, sixteen clients would take turns in two halves and each pay for a
/// commit of eight; with everybody, nobody would be left to begin the next with while the answers go out.
const SHARE: usize = 2;

/// How a group ended.
pub(crate) enum End {
    /// Everyone was told the truth; go on.
    Done,
    /// The commit's outcome is unknown; nothing may be written any more.
    Poisoned(DbError),
}

/// Runs what waits and commits it; with a log that is synced beside, leaves the answers to it.
pub(crate) fn run(tx: &mut Tx, queue: &Queue, log: Option<&Log>, budget: Duration) -> End {
    if let Err(error) = control(tx, "BEGIN IMMEDIATE") {
        // Everyone waits for the same lock: whoever came later would fare no better.
        let error = DbError::Unavailable(format!("no write lock: {error}"));
        settle(queue.drain(), Some(&error));
        return End::Done;
    }
    let mut group = Vec::new();
    match fill(tx, queue, budget, &mut group) {
        Ok(()) => commit(tx, log, group),
        Err(error) => abandon(tx, group, error),
    }
}

/// Runs jobs into `group` until it is full, late, or undone as a whole.
fn fill(tx: &mut Tx, queue: &Queue, budget: Duration, group: &mut Vec<Box<dyn Task>>) -> Result<(), DbError> {
    let started = Instant::now();
    let (most, end) = ((SHARE * queue.len()).clamp(1, JOBS), started + TIME);
    while let Some((mut task, first)) = queue.next(!group.is_empty(), end) {
        let outcome = attempt(tx, task.as_mut(), budget);
        group.push(task);
        outcome?;
        let full = group.len() >= if queue.is_syncing() { JOBS } else { most };
        if first || full || started.elapsed() >= TIME {
            break;
        }
    }
    Ok(())
}

/// Runs one job in its savepoint. An error means that the whole group is undone.
fn attempt(tx: &mut Tx, task: &mut dyn Task, budget: Duration) -> Result<(), DbError> {
    control(tx, "SAVEPOINT job").map_err(|error| undone(&error))?;
    tx.sqlite().budget.start(task.budget().unwrap_or(budget));
    let keep = task.run(tx);
    let session = tx.sqlite();
    session.budget.stop();
    let cause = session.doomed.take();
    if session.conn.is_autocommit() {
        // FULL, IOERR, NOMEM and INTERRUPT undo everyone's work. Without an error
        // the job itself has ended the transaction, one way or the other.
        return Err(cause
            .unwrap_or_else(|| DbError::Ambiguous("a job ended the transaction of its group".to_owned())));
    }
    if !keep {
        control(tx, "ROLLBACK TO job").map_err(|error| undone(&error))?;
    }
    control(tx, "RELEASE job").map_err(|error| undone(&error))
}

fn undone(error: &rusqlite::Error) -> DbError {
    DbError::Unavailable(format!("the group was rolled back: {error}"))
}

/// Rolls back and tells everyone: the culprit, who ran last, its own error, the
/// others that their work went with it and may be tried again.
fn abandon(tx: &mut Tx, mut group: Vec<Box<dyn Task>>, cause: DbError) -> End {
    let open = !tx.sqlite().conn.is_autocommit();
    let stuck = open && control(tx, "ROLLBACK").is_err();
    if let Some(culprit) = group.pop() {
        culprit.settle(Some(&cause));
    }
    let others = match &cause {
        DbError::Ambiguous(_) => cause.clone(),
        other => DbError::Unavailable(format!("the group was rolled back: {other}")),
    };
    settle(group, Some(&others));
    if stuck { End::Poisoned(others) } else { End::Done }
}

/// Commits; then everyone is answered, at once or by the log.
fn commit(tx: &mut Tx, log: Option<&Log>, mut group: Vec<Box<dyn Task>>) -> End {
    if let Some(error) = log.and_then(Log::failed) {
        return abandon(
            tx,
            group,
            DbError::Unavailable(format!("nothing was written: {error}")),
        );
    }
    if failpoint::armed(failpoint::ACK_BEFORE_COMMIT) {
        settle(std::mem::take(&mut group), None);
        // Long enough for a kill to land in between.
        std::thread::sleep(Duration::from_millis(20));
    }
    let number = log.map(Log::begin);
    let committed = control(tx, "COMMIT");
    let wrote = checkpoint::wrote();
    let answered = match (&committed, log) {
        (Ok(()), None) => {
            settle(group, None);
            return End::Done;
        }
        (Ok(()), Some(_)) => std::mem::take(&mut group),
        // Nobody waits for this one's sync.
        (Err(_), _) => Vec::new(),
    };
    if let (Some(log), Some(number)) = (log, number) {
        log.take(number, wrote, answered);
    }
    let Err(error) = committed else {
        return End::Done;
    };
    // Still open means refused before anything was written, as for a deferred
    // foreign key: then a rollback is certain. Otherwise nobody knows.
    let open = !tx.sqlite().conn.is_autocommit();
    if open && control(tx, "ROLLBACK").is_ok() {
        settle(group, Some(&undone(&error)));
        return End::Done;
    }
    let error = DbError::Ambiguous(format!("the commit failed: {error}"));
    settle(group, Some(&error));
    End::Poisoned(error)
}

fn settle(group: Vec<Box<dyn Task>>, failure: Option<&DbError>) {
    for task in group {
        task.settle(failure);
    }
}

fn control(tx: &mut Tx, sql: &str) -> rusqlite::Result<()> {
    tx.sqlite().conn.prepare_cached(sql)?.raw_execute().map(drop)
}
