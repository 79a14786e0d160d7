//! How much patience each outside system gets.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::product::Source;

use crate::error::SetupError;

/// The bounds of one connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest wait for a free place, and then for each attempt, connecting and
    /// reading included. Default 2 s: real sources answer within one, and an
    /// assessment that waits for the slowest of six stays within its seconds.
    pub timeout: Duration,
    /// Attempts in all, the first included. Default 2: one repeat mends a lost
    /// connection or a restart; more would turn a source's bad minute into a
    /// multiple of its load.
    pub attempts: u32,
    /// Longest pause before the first repeat, doubled for each further one; the
    /// real pause is random below it, so that callers don't return in step.
    /// Default 100 ms: a connection is restored in less.
    pub backoff: Duration,
    /// Calls under way at once. Default 64: at 50 ms an answer that is over
    /// 1,000 calls a second, more than a source would like.
    pub concurrent: usize,
    /// Calls that wait for a place. Default 256: four turns of the places, so
    /// that at 50 ms an answer the last waits 0.2 s; a burst of everything that
    /// the service admits fits, and a slow source turns the rest away.
    pub waiting: usize,
    /// Largest answer read, in bytes. Default 64 KiB: the longest real answer,
    /// a year of invoices summed up, is a few.
    pub answer_bytes: usize,
    /// When to stop asking, and for how long.
    pub breaker: Trip,
}

/// When a circuit breaker opens and closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trip {
    /// How many of the latest outcomes count. Default 20: enough to tell a
    /// broken source from a bad moment, few enough to notice within a second.
    pub window: usize,
    /// It opens when so many of them failed. Default 10, half of the window.
    pub failures: usize,
    /// How long it stays open before a probe may pass. Default 5 s: a restart
    /// takes that long, and callers fall back to review meanwhile.
    pub open_for: Duration,
    /// Probes that must succeed, one after another, to close it. Default 2: one may be luck.
    pub probes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(2),
            attempts: 2,
            backoff: Duration::from_millis(100),
            concurrent: 64,
            waiting: 256,
            answer_bytes: 64 * 1024,
            breaker: Trip::default(),
        }
    }
}

impl Default for Trip {
    fn default() -> Self {
        Self {
            window: 20,
            failures: 10,
            open_for: Duration::from_secs(5),
            probes: 2,
        }
    }
}

impl Limits {
    /// Refuses bounds that would let nothing through, or everything.
    pub(crate) fn check(&self, source_name: &'static str) -> Result<(), SetupError> {
        let refuse = |what| Err(SetupError::Settings { source_name, what });
        if self.timeout.is_zero() {
            return refuse("the timeout must be longer than nothing");
        }
        if !(1..=10).contains(&self.attempts) {
            return refuse("attempts must be 1 to 10");
        }
        if self.concurrent == 0 || self.concurrent > 10_000 {
            return refuse("concurrent calls must be 1 to 10000");
        }
        if self.answer_bytes == 0 {
            return refuse("an answer must be allowed some bytes");
        }
        let trip = &self.breaker;
        if trip.failures == 0 || trip.failures > trip.window || trip.probes == 0 {
            return refuse("the breaker needs 1 to `window` failures and at least one probe");
        }
        Ok(())
    }
}

/// The bounds of all six sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// For every source without its own.
    pub limits: Limits,
    /// For some sources.
    pub own: BTreeMap<Source, Limits>,
}

impl Settings {
    /// The bounds of a source.
    #[must_use]
    pub fn of(&self, source: Source) -> &Limits {
        self.own.get(&source).unwrap_or(&self.limits)
    }
}
