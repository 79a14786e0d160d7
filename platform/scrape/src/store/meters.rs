//! How the store itself is.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use super::Store;

/// Counts since the process began; what [`crate::health`] shows.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) appended: AtomicU64,
    pub(crate) too_many_series: AtomicU64,
    pub(crate) out_of_order: AtomicU64,
    pub(crate) duplicate: AtomicU64,
    pub(crate) evicted: AtomicU64,
    pub(crate) shortened: AtomicU64,
    pub(crate) tail_failures: AtomicU64,
    pub(crate) tail_lost: AtomicU64,
    pub(crate) unreadable: AtomicU64,
}

impl Counters {
    /// What was read at the start was not appended by anybody.
    pub(crate) fn begin(&self) {
        for counter in [&self.appended, &self.out_of_order, &self.duplicate] {
            counter.store(0, Relaxed);
        }
    }
}

/// A store in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meters {
    /// Series that are there.
    pub series: u64,
    /// Bytes of samples and labels, as counted.
    pub bytes: u64,
    /// Samples that were appended.
    pub appended: u64,
    /// Samples of series that were one too many.
    pub too_many_series: u64,
    /// Samples that came too late.
    pub out_of_order: u64,
    /// Samples that said something else of a time than the one before.
    pub duplicate: u64,
    /// Ended series that made room for others before their time.
    pub evicted: u64,
    /// How often the oldest samples went before their time, for want of memory.
    pub shortened: u64,
    /// Writes of the tail that failed.
    pub tail_failures: u64,
    /// Samples that are in memory and not in the tail.
    pub tail_lost: u64,
    /// Records of the tail that could not be read at the start.
    pub unreadable: u64,
}

impl Store {
    /// As it is now.
    #[must_use]
    pub fn meters(&self) -> Meters {
        let counters = &self.shared.counters;
        Meters {
            series: self.shared.read().len() as u64,
            bytes: self.shared.bytes.load(Relaxed) as u64,
            appended: counters.appended.load(Relaxed),
            too_many_series: counters.too_many_series.load(Relaxed),
            out_of_order: counters.out_of_order.load(Relaxed),
            duplicate: counters.duplicate.load(Relaxed),
            evicted: counters.evicted.load(Relaxed),
            shortened: counters.shortened.load(Relaxed),
            tail_failures: counters.tail_failures.load(Relaxed),
            tail_lost: counters.tail_lost.load(Relaxed),
            unreadable: counters.unreadable.load(Relaxed),
        }
    }
}
