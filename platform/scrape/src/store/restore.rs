//! Takes over what was stored before.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;

use promql::{Labels, Sample};

use super::Shared;
use super::chunk::Chunk;

impl Shared {
    /// A series as a whole, which is not there yet.
    pub(crate) fn restore(&self, labels: &Labels, every: u32, raw: VecDeque<Chunk>, coarse: VecDeque<Chunk>) {
        if self.is_crowded() || self.is_stuffed() {
            self.counters.too_many_series.fetch_add(1, Relaxed);
            return;
        }
        let mut index = self.write();
        if index.get(labels).is_some() {
            return;
        }
        let (series, texts) = index.insert(labels, every);
        let mut ring = series.ring();
        ring.restore(raw, coarse);
        self.bytes
            .fetch_add(texts + series.bytes() + ring.bytes(), Relaxed);
    }

    /// A sample; one that is there already, or was too late, is passed over.
    pub(crate) fn replay(&self, labels: &Labels, sample: Sample, every: u32) {
        let mut batch = super::Batch::new(self, None);
        let _known_or_late = batch.add(labels, sample, every);
    }
}
