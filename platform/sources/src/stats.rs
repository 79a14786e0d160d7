//! What became of the calls, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::breaker::BreakerState;
use crate::error::SourceError;

/// One connector's counts since the process began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceStats {
    /// The source's name, or `core`, or `notices`.
    pub source: &'static str,
    /// Calls by the service; those turned away below are among them.
    pub calls: u64,
    /// Calls that went out and gave no usable answer, timeouts included.
    pub failures: u64,
    /// Calls that got no answer in time.
    pub timeouts: u64,
    /// Attempts beyond a call's first.
    pub retries: u64,
    /// Calls not made because the breaker was open.
    pub rejected_open: u64,
    /// Calls not made because the bulkhead was full.
    pub rejected_full: u64,
    /// What the breaker does now.
    pub breaker_state: BreakerState,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    calls: AtomicU64,
    failures: AtomicU64,
    timeouts: AtomicU64,
    retries: AtomicU64,
    rejected_open: AtomicU64,
    rejected_full: AtomicU64,
}

impl Counters {
    pub(crate) fn called(&self) {
        add(&self.calls);
    }

    pub(crate) fn retried(&self) {
        add(&self.retries);
    }

    pub(crate) fn failed(&self, error: SourceError) {
        match error {
            SourceError::Open => add(&self.rejected_open),
            SourceError::Full => add(&self.rejected_full),
            SourceError::Timeout => {
                add(&self.timeouts);
                add(&self.failures);
            }
            _ => add(&self.failures),
        }
    }

    pub(crate) fn read(&self, source: &'static str, breaker_state: BreakerState) -> SourceStats {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        SourceStats {
            source,
            calls: value(&self.calls),
            failures: value(&self.failures),
            timeouts: value(&self.timeouts),
            retries: value(&self.retries),
            rejected_open: value(&self.rejected_open),
            rejected_full: value(&self.rejected_full),
            breaker_state,
        }
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
