//! What the thread does: logs, and snapshots that take their place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::log::{Log, Logged};
use super::{names, snapshot};
use crate::store::Shared;

/// What a power failure may take, to the second at which it is looked for.
const SYNC_EVERY: Duration = Duration::from_secs(9);
const LOOK: Duration = Duration::from_secs(1);
/// A log of this size is replaced by a snapshot; it is read in some 0.3 s.
const COMPACT_AT: u64 = 8 << 20;
/// And one of this age, so that little is read at a start.
const COMPACT_AFTER: Duration = Duration::from_secs(1_800);
/// Where logs are not replaced because snapshots fail, they end here.
const LARGEST: u64 = 64 << 20;
/// How long a disk that failed is left alone.
const RETRY: Duration = Duration::from_secs(5);

/// The logs of one folder, which nobody else writes.
pub(super) struct Writer {
    folder: PathBuf,
    shared: Arc<Shared>,
    /// None after a failure, until the next attempt.
    log: Option<Log>,
    next: u64,
    /// Bytes of the logs that no snapshot has replaced.
    bytes: u64,
    dirty: bool,
    synced: Instant,
    compacted: Instant,
    failed: Option<Instant>,
}

impl Writer {
    pub(super) fn new(folder: &Path, next: u64, shared: &Arc<Shared>) -> Self {
        let now = Instant::now();
        let older = names::numbers(folder, "log-").unwrap_or_default().into_iter();
        let older = older.filter_map(|number| fs::metadata(names::log(folder, number)).ok());
        let mut writer = Self {
            folder: folder.to_owned(),
            shared: Arc::clone(shared),
            log: None,
            next,
            bytes: older.map(|file| file.len()).sum(),
            dirty: false,
            synced: now,
            compacted: now,
            failed: None,
        };
        // A full disk is no reason not to watch.
        writer.begin();
        writer
    }

    pub(super) fn run(&mut self, queue: &Receiver<Vec<Logged>>) {
        loop {
            let ended = match queue.recv_timeout(LOOK) {
                Ok(batch) => {
                    self.write(&batch);
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            if self.dirty && (ended || self.synced.elapsed() >= SYNC_EVERY) {
                self.sync();
            }
            if ended {
                return;
            }
            let due = self.bytes >= COMPACT_AT || self.compacted.elapsed() >= COMPACT_AFTER;
            if due && !self.rests() {
                self.compact();
            }
        }
    }

    fn rests(&self) -> bool {
        self.failed.is_some_and(|failed| failed.elapsed() < RETRY)
    }

    fn write(&mut self, batch: &[Logged]) {
        let lost = |shared: &Shared| shared.counters.tail_lost.fetch_add(batch.len() as u64, Relaxed);
        if self.log.is_none() && !self.rests() {
            self.begin();
        }
        let Some(log) = self.log.as_mut().filter(|_| self.bytes < LARGEST) else {
            lost(&self.shared);
            return;
        };
        let before = log.bytes;
        let written = log.write(batch, &self.shared);
        self.bytes += log.bytes - before;
        self.dirty = true;
        if let Err(error) = written {
            lost(&self.shared);
            self.fail(&error);
        }
    }

    fn sync(&mut self) {
        self.synced = Instant::now();
        self.dirty = false;
        if let Some(Err(error)) = self.log.as_ref().map(Log::sync) {
            // The kernel tells of a failed write once; what it covers is not known to be there.
            self.fail(&error);
        }
    }

    fn begin(&mut self) -> bool {
        let number = self.next;
        self.next += 1;
        match Log::create(&self.folder, number) {
            Ok(log) => {
                self.log = Some(log);
                true
            }
            Err(error) => {
                self.fail(&error);
                false
            }
        }
    }

    /// Samples go on in a new log; a snapshot of all that is in the older ones takes their place.
    fn compact(&mut self) {
        if let Some(log) = self.log.take() {
            let _same_content_in_the_snapshot = log.sync();
            log.abandon();
        }
        if !self.begin() {
            return;
        }
        let Some(number) = self.log.as_ref().map(|log| log.number) else {
            return;
        };
        if let Err(error) = snapshot::write(&self.folder, number, &self.shared) {
            self.fail(&error);
            return;
        }
        self.compacted = Instant::now();
        self.bytes = 0;
        let replaced = |prefix: &str| {
            let numbers = names::numbers(&self.folder, prefix).unwrap_or_default();
            numbers.into_iter().filter(|older| *older < number)
        };
        let paths = replaced("log-")
            .map(|older| names::log(&self.folder, older))
            .chain(replaced("snapshot-").map(|older| names::snapshot(&self.folder, older)));
        for path in paths {
            // One that stays is older than the snapshot, so it is not read.
            let _may_stay = fs::remove_file(path);
        }
    }

    fn fail(&mut self, error: &io::Error) {
        self.shared.counters.tail_failures.fetch_add(1, Relaxed);
        self.failed = Some(Instant::now());
        tracing::error!(%error, "the tail of samples could not be written; they are in memory only");
        if let Some(log) = self.log.take() {
            log.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use promql::{Labels, Sample, Series, Source};

    use super::*;
    use crate::store::{Limits, Store};

    fn append(store: &Store, rounds: std::ops::Range<i32>) -> Vec<Logged> {
        let mut logged = Vec::new();
        for round in rounds {
            for n in 0..5 {
                let labels = Labels::new([
                    ("__name__".to_owned(), "a".to_owned()),
                    ("n".to_owned(), n.to_string()),
                ]);
                let sample = Sample {
                    at: i64::from(round) * 5_000,
                    value: f64::from(round * n),
                };
                let series = store.append(&labels, sample, 5_000).unwrap();
                logged.push(Logged::new(series.id(), sample));
            }
        }
        logged
    }

    fn all(store: &Store) -> Vec<Series> {
        let mut all = store.select(&[], i64::MIN, i64::MAX);
        all.sort_by(|a, b| a.labels.cmp(&b.labels));
        all
    }

    fn reopened(folder: &Path) -> Vec<Series> {
        let store = Store::open(folder, Limits::default()).unwrap();
        assert_eq!(store.meters().unreadable, 0);
        all(&store)
    }

    #[test]
    fn a_snapshot_takes_the_place_of_the_logs_before_it_and_the_log_after_it_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Limits::default());
        let mut writer = Writer::new(folder.path(), 1, &store.shared);
        let first = append(&store, 0..700);
        let second = append(&store, 700..900);
        writer.write(&first);
        assert_eq!(names::numbers(folder.path(), "log-").unwrap(), [1]);
        // What waits in the queue is in the snapshot, and in the log once more.
        writer.compact();
        writer.write(&second);
        assert_eq!(names::numbers(folder.path(), "log-").unwrap(), [2]);
        assert_eq!(names::numbers(folder.path(), "snapshot-").unwrap(), [2]);
        let third = append(&store, 900..1_000);
        writer.write(&third);
        assert_eq!(reopened(folder.path()), all(&store));
        writer.next = 10;
        writer.compact();
        assert_eq!(names::numbers(folder.path(), "snapshot-").unwrap(), [10]);
        assert_eq!(reopened(folder.path()), all(&store));
    }

    #[test]
    fn a_crash_between_the_new_log_and_its_snapshot_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Limits::default());
        let mut writer = Writer::new(folder.path(), 1, &store.shared);
        writer.write(&append(&store, 0..10));
        assert!(writer.begin());
        fs::write(folder.path().join("unfinished"), "half of a snapshot").unwrap();
        writer.write(&append(&store, 10..20));
        assert_eq!(reopened(folder.path()), all(&store));
    }

    #[test]
    fn a_disk_that_fails_costs_what_came_meanwhile_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("tail");
        fs::create_dir(&inner).unwrap();
        let store = Store::new(Limits::default());
        let mut writer = Writer::new(&inner, 1, &store.shared);
        writer.write(&append(&store, 0..1));
        fs::remove_dir_all(&inner).unwrap();
        writer.compact();
        writer.write(&append(&store, 1..2));
        let meters = store.meters();
        assert_eq!((meters.tail_failures, meters.tail_lost), (1, 5));
        // It is left alone for a while, then tried again: the log names its series anew.
        fs::create_dir(&inner).unwrap();
        writer.failed = None;
        writer.write(&append(&store, 2..3));
        let found = reopened(&inner);
        assert!(
            found.len() == 5 && found.iter().all(|series| series.samples.len() == 1),
            "{found:?}"
        );
        assert_eq!(all(&store)[0].samples.len(), 3);
    }

    #[test]
    fn logs_end_where_they_may_not_grow() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Limits::default());
        let mut writer = Writer::new(folder.path(), 1, &store.shared);
        writer.bytes = LARGEST;
        writer.write(&append(&store, 0..1));
        assert_eq!(store.meters().tail_lost, 5);
        writer.compact();
        writer.write(&append(&store, 1..2));
        assert_eq!(store.meters().tail_lost, 5);
    }
}
