//! The store of series: bounded in memory, a ring in time.
//!
//! [`bits`] and [`chunk`] are how samples lie in memory, [`ring`] what is kept of one series and for how
//! long, [`index`] finds series by their labels, [`batch`] fills them ([`restore`] at the start), [`select`]
//! reads them, [`upkeep`] lets go of what is old or too much, [`freshness`] says whether a series is still
//! told about, [`meters`] how the store itself is.

pub mod batch;
mod bits;
pub(crate) mod chunk;
pub mod freshness;
mod index;
pub mod limits;
pub mod meters;
mod restore;
pub(crate) mod ring;
mod select;
pub(crate) mod series;
mod upkeep;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use promql::{Labels, STALE, Sample};

pub use batch::{Batch, Refused};
pub use freshness::Freshness;
pub use limits::{Coarse, Limits};
pub use series::Handle;

use crate::persist::{OpenError, Tail};
use index::Index;
use meters::Counters;

/// Series of samples. Readers hold one series at a time, for as long as it takes to decode it.
pub struct Store {
    pub(crate) shared: Arc<Shared>,
    tail: Option<Tail>,
}

/// What the writer of the tail sees, too.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    index: RwLock<Index>,
    /// Bytes of all samples and labels.
    bytes: AtomicUsize,
    /// When room was last made, in milliseconds since the Unix epoch.
    passed: AtomicI64,
    pub(crate) counters: Counters,
}

impl Store {
    /// One that is only in memory.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            shared: Arc::new(Shared::new(limits)),
            tail: None,
        }
    }

    /// One that finds at its next start what it held: what was appended is handed to the operating system
    /// within a second, so that the end of the process loses no more than that; the disk has it ten seconds
    /// later ([`crate::persist`]).
    ///
    /// # Errors
    /// The folder cannot be made or written, or another process has it open. What it holds and cannot be read
    /// is left out, counted and logged: a watcher without its past is better than none.
    pub fn open(folder: &Path, limits: Limits) -> Result<Self, OpenError> {
        let shared = Arc::new(Shared::new(limits));
        let tail = Tail::open(folder, &shared)?;
        Ok(Self {
            shared,
            tail: Some(tail),
        })
    }

    /// Samples that are appended together, and lie in the tail together or not at all.
    #[must_use]
    pub fn batch(&self) -> Batch<'_> {
        Batch::new(&self.shared, self.tail.as_ref())
    }

    /// Appends one sample. `every` is how often the series gets one, in milliseconds: [`Freshness`] is
    /// measured with it.
    ///
    /// # Errors
    /// As [`Batch::add`].
    pub fn append(&self, labels: &Labels, sample: Sample, every: u32) -> Result<Handle, Refused> {
        let mut batch = self.batch();
        batch.add(labels, sample, every)
    }

    /// Notes that a series has ended at `at`, as Prometheus does; one that is not there stays away.
    pub fn end(&self, labels: &Labels, at: i64) {
        let found = self.shared.read().get(labels);
        if let Some(series) = found {
            let ended = Sample { at, value: STALE };
            // Refused only if it has a sample of then or later, so is alive.
            let _alive = self.batch().add_to(&Handle(series), ended);
        }
    }
}

impl Shared {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            index: RwLock::default(),
            bytes: AtomicUsize::new(0),
            passed: AtomicI64::new(i64::MIN),
            counters: Counters::default(),
        }
    }

    // A poisoned lock is taken all the same: an index is whole between any two of its statements that can
    // panic, and a watcher that stops because one reader did is worth less.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}
