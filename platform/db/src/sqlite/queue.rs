//! What waits for the writer: two bounded queues, the switch's and everyone's.

use super::task::Task;
use crate::DbError;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Orders of the switch that may wait. They come from people; sixty-four at once
/// means that something else is wrong.
const FIRST: usize = 64;

pub(crate) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
    bound: usize,
}

#[derive(Default)]
struct State {
    first: VecDeque<Box<dyn Task>>,
    rest: VecDeque<Box<dyn Task>>,
    closed: Option<DbError>,
    /// Waking costs a system call, so only a sleeper is woken.
    sleeping: bool,
    /// Whether the sync of an earlier commit is under way or waits.
    syncing: bool,
}

impl Queue {
    pub(crate) fn new(bound: usize) -> Self {
        Self {
            state: Mutex::default(),
            ready: Condvar::new(),
            bound,
        }
    }

    /// Adds a job, or says at once that it cannot be taken.
    pub(crate) fn push(&self, task: Box<dyn Task>, first: bool) -> Result<(), DbError> {
        let mut state = self.lock();
        if let Some(error) = &state.closed {
            return Err(error.clone());
        }
        let (queue, bound) = if first {
            (&mut state.first, FIRST)
        } else {
            (&mut state.rest, self.bound)
        };
        if queue.len() >= bound {
            return Err(DbError::Overloaded);
        }
        queue.push_back(task);
        if std::mem::take(&mut state.sleeping) {
            drop(state);
            self.ready.notify_one();
        }
        Ok(())
    }

    /// Sleeps until a job waits (`true`), or nothing will come any more (`false`).
    pub(crate) fn wait(&self) -> bool {
        let mut state = self.lock();
        loop {
            if !state.first.is_empty() || !state.rest.is_empty() {
                return true;
            }
            if state.closed.is_some() {
                return false;
            }
            state.sleeping = true;
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next job of a group, and whether it came first. A group that has begun
    /// ends when the switch is waiting; otherwise it waits for more as long as an earlier
    /// commit is being synced, for its own sync could not begin before that, but not past `end`.
    /// Committing it meanwhile was tried: groups get smaller, and an application a tenth dearer.
    pub(crate) fn next(&self, begun: bool, end: Instant) -> Option<(Box<dyn Task>, bool)> {
        let mut state = self.lock();
        loop {
            if !state.first.is_empty() {
                return if begun {
                    None
                } else {
                    state.first.pop_front().map(|task| (task, true))
                };
            }
            if let Some(task) = state.rest.pop_front() {
                return Some((task, false));
            }
            let left = end.saturating_duration_since(Instant::now());
            if !state.syncing || state.closed.is_some() || left.is_zero() {
                return None;
            }
            state.sleeping = true;
            let waited = self.ready.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.sleeping = false;
        }
    }

    /// Whether commits wait for the disk now; when none does, a group that waits for more is committed.
    pub(crate) fn syncing(&self, under_way: bool) {
        let mut state = self.lock();
        state.syncing = under_way;
        if !under_way && std::mem::take(&mut state.sleeping) {
            drop(state);
            self.ready.notify_one();
        }
    }

    /// Whether an earlier commit is being synced.
    pub(crate) fn is_syncing(&self) -> bool {
        self.lock().syncing
    }

    /// How many jobs wait.
    pub(crate) fn len(&self) -> usize {
        let state = self.lock();
        state.first.len() + state.rest.len()
    }

    /// Refuses what comes from now on, with this reason; the first one stays.
    pub(crate) fn close(&self, reason: DbError) {
        let mut state = self.lock();
        state.closed.get_or_insert(reason);
        state.sleeping = false;
        drop(state);
        self.ready.notify_one();
    }

    /// Takes everything that waits.
    pub(crate) fn drain(&self) -> Vec<Box<dyn Task>> {
        let mut state = self.lock();
        let mut all: Vec<_> = state.first.drain(..).collect();
        all.extend(state.rest.drain(..));
        all
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic under this lock cannot leave the queues half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
