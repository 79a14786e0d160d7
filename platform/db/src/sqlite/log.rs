//! The log's sync, beside the writer: while one group's is under way, the next one runs.
//!
//! A COMMIT with `synchronous=NORMAL` writes the log and leaves its sync to a checkpoint. Here each
//! group's log is synced before anybody hears of the group: who wrote is answered, and who read what it
//! wrote is given it, once the bytes are on the disk. So an answer means what it means under
//! `synchronous=FULL`, where the writer would wait for the disk with a transaction that others could fill.

use super::queue::Queue;
use super::task::Task;
use crate::DbError;
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Jobs that may wait for the disk; beyond them the writer waits, too.
const HELD: usize = 1024;

pub(crate) struct Log {
    path: PathBuf,
    /// Kept open: the kernel tells of a failed write once per descriptor.
    file: Mutex<Option<File>>,
    queue: Arc<Queue>,
    /// The last commit that somebody may have seen.
    begun: AtomicU64,
    /// Up to which commit all is on the disk.
    synced: watch::Sender<u64>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    groups: VecDeque<Group>,
    held: usize,
    closed: bool,
    failed: Option<DbError>,
}

/// What one commit owes an answer to.
struct Group {
    number: u64,
    wrote: bool,
    tasks: Vec<Box<dyn Task>>,
}

impl Log {
    /// Over the log of a database file that is open, and whose links are followed as SQLite does. What a
    /// process that was killed left in it may be in the kernel's memory only: it is synced before anybody reads it.
    ///
    /// # Errors
    /// If that fails.
    pub(crate) fn open(database: &Path, queue: Arc<Queue>) -> io::Result<Self> {
        let mut path = std::fs::canonicalize(database)?.into_os_string();
        path.push("-wal");
        let path = PathBuf::from(path);
        let mut file = None;
        if path.try_exists()? {
            sync(&path, &mut file)?;
        }
        Ok(Self {
            path,
            file: Mutex::new(file),
            queue,
            begun: AtomicU64::new(0),
            synced: watch::Sender::new(0),
            state: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// A commit begins; from now on its rows may be seen.
    pub(crate) fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Takes over a commit that went well; or one that did not, with nobody to answer. `wrote` says
    /// whether it added to the log.
    pub(crate) fn take(&self, number: u64, wrote: bool, tasks: Vec<Box<dyn Task>>) {
        let mut state = self.lock();
        while state.held >= HELD && state.failed.is_none() {
            state = self.wait(state);
        }
        if let Some(error) = state.failed.clone() {
            drop(state);
            return settle(tasks, Some(&error));
        }
        state.held += tasks.len();
        state.groups.push_back(Group { number, wrote, tasks });
        self.queue.syncing(true);
        drop(state);
        self.changed.notify_all();
    }

    /// Why nothing may be written any more, once a sync has failed.
    pub(crate) fn failed(&self) -> Option<DbError> {
        self.lock().failed.clone()
    }

    /// Syncs until the log is closed and nobody waits; on the thread of its own.
    pub(crate) fn run(&self) {
        let _ended = Ended(self);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner).take();
        while let Some(groups) = self.next() {
            let last = groups.last().map_or(0, |group| group.number);
            let wrote = groups.iter().any(|group| group.wrote);
            match if wrote {
                sync(&self.path, &mut file)
            } else {
                Ok(())
            } {
                Ok(()) => {
                    let _ = self.synced.send_replace(last);
                    self.done(&groups);
                    groups.into_iter().for_each(|group| settle(group.tasks, None));
                }
                Err(error) => return self.fail(groups, &error),
            }
        }
    }

    /// Everything that waits, as soon as something does.
    fn next(&self) -> Option<Vec<Group>> {
        let mut state = self.lock();
        while state.groups.is_empty() {
            if state.closed {
                return None;
            }
            state = self.wait(state);
        }
        Some(state.groups.drain(..).collect())
    }

    fn done(&self, groups: &[Group]) {
        let mut state = self.lock();
        state.held -= groups.iter().map(|group| group.tasks.len()).sum::<usize>();
        self.queue.syncing(!state.groups.is_empty());
        drop(state);
        self.changed.notify_all();
    }

    /// A failed sync is never tried again: the kernel may report success the second time and have dropped the pages.
    fn fail(&self, groups: Vec<Group>, error: &io::Error) {
        let error = DbError::Ambiguous(format!("the log could not be synced: {error}"));
        let mut state = self.lock();
        state.failed = Some(error.clone());
        let later = std::mem::take(&mut state.groups);
        drop(state);
        self.queue
            .close(DbError::Unavailable("the log could not be synced".to_owned()));
        // Readers that wait are let go, and told.
        let _ = self.synced.send_replace(u64::MAX);
        self.changed.notify_all();
        for group in groups.into_iter().chain(later) {
            settle(group.tasks, Some(&error));
        }
    }

    /// Nothing more will come.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Waits until everything that a reader can have seen by now is on the disk.
    ///
    /// # Errors
    /// When it will not be.
    pub(crate) async fn caught_up(&self) -> Result<(), DbError> {
        let seen = self.begun.load(Ordering::SeqCst);
        if *self.synced.borrow() < seen {
            let mut synced = self.synced.subscribe();
            // The sender lives as long as `self`.
            drop(synced.wait_for(|synced| *synced >= seen).await);
        }
        if *self.synced.borrow() < u64::MAX {
            return Ok(());
        }
        Err(DbError::Unavailable("the log could not be synced".to_owned()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic under this lock cannot leave the lists half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whatever ends the thread, nobody waits for ever.
struct Ended<'l>(&'l Log);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail(Vec::new(), &io::Error::other("the thread panicked"));
        }
    }
}

/// The file is there from the first commit on.
fn sync(path: &Path, file: &mut Option<File>) -> io::Result<()> {
    let log = match file {
        Some(log) => log,
        None => file.insert(OpenOptions::new().read(true).write(true).open(path)?),
    };
    log.sync_data()
}

fn settle(tasks: Vec<Box<dyn Task>>, failure: Option<&DbError>) {
    for task in tasks {
        task.settle(failure);
    }
}
