//! Appends samples, together.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use promql::{Labels, Sample};

use super::Shared;
use super::ring::NotLater;
use super::series::{Handle, Series};
use crate::persist::{Logged, Tail};

/// Why a sample was not stored. Each is counted in [`super::meters::Meters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// As [`super::Limits::series`] and [`super::Limits::bytes`] say.
    #[error("the store holds as many series as it may")]
    TooManySeries,
    /// The series has a later sample.
    #[error("there is a later sample")]
    OutOfOrder,
    /// The series has another value of this time.
    #[error("there is another value of this time")]
    Duplicate,
    /// The series has ended so long ago that the store has let it go.
    #[error("the series is gone")]
    Gone,
}

/// Samples that go into the tail together when it is dropped. Readers see each at once.
pub struct Batch<'a> {
    shared: &'a Shared,
    tail: Option<&'a Tail>,
    logged: Vec<Logged>,
    newest: i64,
}

impl<'a> Batch<'a> {
    pub(crate) const fn new(shared: &'a Shared, tail: Option<&'a Tail>) -> Self {
        Self {
            shared,
            tail,
            logged: Vec::new(),
            newest: i64::MIN,
        }
    }

    /// Appends to the series of these labels, which begins if it is not there. `every` is how often it gets a
    /// sample, in milliseconds. The same sample once more is no error.
    ///
    /// # Errors
    /// A series too many, or a sample that is not later than the last one.
    pub fn add(&mut self, labels: &Labels, sample: Sample, every: u32) -> Result<Handle, Refused> {
        // Twice at most: a series that is let go between finding and filling is not found again.
        loop {
            let series = self.series(labels, every, sample.at)?;
            match self.push(&series, sample, Some(every)) {
                Err(Refused::Gone) => {}
                Err(refused) => return Err(refused),
                Ok(()) => return Ok(Handle(series)),
            }
        }
    }

    /// Appends to a series that is known, such as the mark of its end.
    ///
    /// # Errors
    /// A sample that is not later than the last one, or a series that is gone.
    pub fn add_to(&mut self, series: &Handle, sample: Sample) -> Result<(), Refused> {
        self.push(&series.0, sample, None)
    }

    fn series(&self, labels: &Labels, every: u32, now: i64) -> Result<Arc<Series>, Refused> {
        if let Some(series) = self.shared.read().get(labels) {
            return Ok(series);
        }
        let shared = self.shared;
        if (shared.is_crowded() && !shared.reclaim(now)) || shared.is_stuffed() {
            shared.counters.too_many_series.fetch_add(1, Relaxed);
            return Err(Refused::TooManySeries);
        }
        let mut index = shared.write();
        if let Some(series) = index.get(labels) {
            return Ok(series);
        }
        let (series, texts) = index.insert(labels, every);
        shared
            .bytes
            .fetch_add(texts + series.bytes() + series.ring().bytes(), Relaxed);
        Ok(series)
    }

    fn push(&mut self, series: &Series, sample: Sample, every: Option<u32>) -> Result<(), Refused> {
        self.newest = self.newest.max(sample.at);
        let mut ring = series.ring();
        if ring.gone {
            return Err(Refused::Gone);
        }
        if let Some(every) = every {
            ring.every = every;
        }
        let before = ring.bytes();
        let pushed = ring.push(sample, &self.shared.limits);
        let after = ring.bytes();
        drop(ring);
        let counters = &self.shared.counters;
        match pushed {
            Ok(true) => {
                // Wraps around and back: the sum of all changes is right whatever their order.
                self.shared.bytes.fetch_add(after.wrapping_sub(before), Relaxed);
                counters.appended.fetch_add(1, Relaxed);
                if self.tail.is_some() {
                    self.logged.push(Logged::new(series.id, sample));
                }
                Ok(())
            }
            Ok(false) => Ok(()),
            Err(NotLater::Duplicate) => {
                counters.duplicate.fetch_add(1, Relaxed);
                Err(Refused::Duplicate)
            }
            Err(NotLater::OutOfOrder) => {
                counters.out_of_order.fetch_add(1, Relaxed);
                Err(Refused::OutOfOrder)
            }
        }
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if let Some(tail) = self.tail
            && !self.logged.is_empty()
        {
            tail.write(std::mem::take(&mut self.logged));
        }
        self.shared.relieve(self.newest);
    }
}
