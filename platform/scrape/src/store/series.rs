//! One series in the store.

use std::mem::size_of;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use promql::Labels;

use super::ring::Ring;

/// A series: its labels for good, its samples behind a lock of their own.
#[derive(Debug)]
pub(crate) struct Series {
    /// Never given to another while the process lives.
    pub(crate) id: u32,
    pub(crate) labels: Labels,
    ring: Mutex<Ring>,
}

/// A series that was appended to; whoever holds it appends again without looking it up.
#[derive(Debug, Clone)]
pub struct Handle(pub(crate) Arc<Series>);

impl Handle {
    /// A number that no other series of this store has while the process lives.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.0.id
    }

    /// Whose it is.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.0.labels
    }
}

impl Series {
    pub(super) fn new(id: u32, labels: Labels, every: u32) -> Self {
        Self {
            id,
            labels,
            ring: Mutex::new(Ring::every(every)),
        }
    }

    /// A poisoned ring is taken all the same: whoever reads it gets what decodes.
    pub(crate) fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes beside its ring: a label is two pointers with lengths in the series and a number in each list of
    /// the index; their texts are shared.
    pub(super) fn bytes(&self) -> usize {
        let labels = self.labels.iter().len();
        size_of::<Self>() - size_of::<Ring>() + 64 + labels * (32 + 4)
    }
}
