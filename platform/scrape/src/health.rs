//! How the watcher itself is, in plain numbers: whoever serves `/metrics` shows them as [`Health::meters`]
//! names them, and the list of targets as [`Health::targets`] gives it.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use promql::Labels;

use crate::collect::Failure;
use crate::store::Store;

/// Counts of all loops.
pub struct Health {
    store: Arc<Store>,
    rounds: AtomicU64,
    failed: AtomicU64,
    late: AtomicU64,
    ahead: AtomicU64,
    broken_files: AtomicU64,
    targets: Mutex<BTreeMap<String, TargetState>>,
}

/// What is known of one target, probe, or this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetState {
    /// What was asked.
    pub name: String,
    /// The labels of its series.
    pub labels: Labels,
    /// When it was last asked, in milliseconds since the Unix epoch.
    pub at: i64,
    /// How often it is asked. Older than twice this, what is known of it is unknown.
    pub interval: Duration,
    /// How long it took.
    pub took: Duration,
    /// Why it is down; `None` if it is up. Holds nothing that the target said.
    pub down: Option<String>,
}

/// A meter of Prometheus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meter {
    /// With the prefix `backstop_watch_`.
    pub name: &'static str,
    /// What it counts.
    pub help: &'static str,
    /// Whether it only grows.
    pub counter: bool,
    /// As it is now.
    pub value: u64,
}

impl Health {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self {
            store,
            rounds: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            late: AtomicU64::new(0),
            ahead: AtomicU64::new(0),
            broken_files: AtomicU64::new(0),
            targets: Mutex::default(),
        }
    }

    /// Every target, by name.
    #[must_use]
    pub fn targets(&self) -> Vec<TargetState> {
        let targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        targets.values().cloned().collect()
    }

    /// Every meter, as it is now.
    #[must_use]
    pub fn meters(&self) -> Vec<Meter> {
        let store = self.store.meters();
        let of = |counter, name, help, value| Meter {
            name,
            help,
            counter,
            value,
        };
        let gauge = |name, help, value| of(false, name, help, value);
        let count = |name, help, value| of(true, name, help, value);
        let now = |counter: &AtomicU64| counter.load(Relaxed);
        vec![
            gauge("backstop_watch_series", "Series in the store.", store.series),
            gauge(
                "backstop_watch_store_bytes",
                "Bytes of samples and labels in memory.",
                store.bytes,
            ),
            count(
                "backstop_watch_samples_appended_total",
                "Samples stored.",
                store.appended,
            ),
            count(
                "backstop_watch_samples_refused_series_limit_total",
                "Samples of series that were one too many for the store.",
                store.too_many_series,
            ),
            count(
                "backstop_watch_samples_refused_out_of_order_total",
                "Samples that were older than their series' last one.",
                store.out_of_order,
            ),
            count(
                "backstop_watch_samples_refused_duplicate_total",
                "Samples that said something else of a time than the one before.",
                store.duplicate,
            ),
            count(
                "backstop_watch_samples_refused_ahead_total",
                "Samples whose target said a time more than ten minutes ahead.",
                now(&self.ahead),
            ),
            count(
                "backstop_watch_series_evicted_total",
                "Ended series that made room for new ones before their time.",
                store.evicted,
            ),
            count(
                "backstop_watch_store_shortened_total",
                "Times that the oldest samples went before their time, for want of memory.",
                store.shortened,
            ),
            count(
                "backstop_watch_scrapes_total",
                "Rounds of all targets.",
                now(&self.rounds),
            ),
            count(
                "backstop_watch_scrapes_failed_total",
                "Rounds that found nothing.",
                now(&self.failed),
            ),
            count(
                "backstop_watch_scrapes_late_total",
                "Rounds that were left out because the one before, or the machine, took too long.",
                now(&self.late),
            ),
            count(
                "backstop_watch_target_files_refused_total",
                "Files of targets that were broken when they changed.",
                now(&self.broken_files),
            ),
            count(
                "backstop_watch_tail_write_failures_total",
                "Writes of the samples' tail on disk that failed.",
                store.tail_failures,
            ),
            count(
                "backstop_watch_tail_samples_lost_total",
                "Samples that are in memory and not in the tail.",
                store.tail_lost,
            ),
            gauge(
                "backstop_watch_tail_unreadable",
                "Files of the tail that were torn at the start.",
                store.unreadable,
            ),
        ]
    }

    pub(crate) fn late(&self, rounds: u64) {
        self.late.fetch_add(rounds, Relaxed);
    }

    pub(crate) fn broken_file(&self) {
        self.broken_files.fetch_add(1, Relaxed);
    }

    pub(crate) fn round(
        &self,
        name: &str,
        labels: &Labels,
        at: i64,
        interval: Duration,
        took: Duration,
        read: &Result<u64, Failure>,
    ) {
        self.rounds.fetch_add(1, Relaxed);
        let down = match read {
            Ok(ahead) => {
                self.ahead.fetch_add(*ahead, Relaxed);
                None
            }
            Err(failure) => {
                self.failed.fetch_add(1, Relaxed);
                Some(failure.to_string())
            }
        };
        let state = TargetState {
            name: name.to_owned(),
            labels: labels.clone(),
            at,
            interval,
            took,
            down,
        };
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        targets.insert(TargetState::key(name, labels), state);
    }

    pub(crate) fn forget(&self, key: &str) {
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        targets.remove(key);
    }
}

impl TargetState {
    pub(crate) fn key(name: &str, labels: &Labels) -> String {
        format!("{name} {labels}")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::store::Limits;

    #[test]
    fn meters_are_named_as_prometheus_wants_them_and_count_what_happens() {
        let health = Health::new(Arc::new(Store::new(Limits::default())));
        let labels = Labels::new([("job", "a")]);
        let ask = |read| health.round("a", &labels, 1, Duration::from_secs(5), Duration::ZERO, &read);
        ask(Ok(2));
        ask(Err(Failure::Status(500)));
        health.late(3);
        let meters = health.meters();
        let names: BTreeSet<&str> = meters.iter().map(|meter| meter.name).collect();
        assert_eq!(names.len(), meters.len(), "a name is there twice");
        for meter in &meters {
            assert!(meter.name.starts_with("backstop_watch_") && meter.help.ends_with('.'));
            assert_eq!(meter.name.ends_with("_total"), meter.counter, "{}", meter.name);
        }
        let value = |name: &str| {
            meters
                .iter()
                .find(|meter| meter.name == name)
                .map(|meter| meter.value)
        };
        assert_eq!(value("backstop_watch_scrapes_total"), Some(2));
        assert_eq!(value("backstop_watch_scrapes_failed_total"), Some(1));
        assert_eq!(value("backstop_watch_scrapes_late_total"), Some(3));
        assert_eq!(value("backstop_watch_samples_refused_ahead_total"), Some(2));
        assert_eq!(
            health.targets()[0].down.as_deref(),
            Some("it answered 500 and not 200")
        );
    }
}
