//! Takes over what was stored before.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;

use promql::Labels;

use super::chunk::Chunk;
use super::{Handle, Shared};

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

    /// A series that samples will follow for, whether it is there or not; `None` if it is one too many.
    pub(crate) fn named(&self, labels: &Labels, every: u32) -> Option<Handle> {
        if let Some(series) = self.read().get(labels) {
            return Some(Handle(series));
        }
        if self.is_crowded() || self.is_stuffed() {
            self.counters.too_many_series.fetch_add(1, Relaxed);
            return None;
        }
        let (series, texts) = self.write().insert(labels, every);
        self.bytes
            .fetch_add(texts + series.bytes() + series.ring().bytes(), Relaxed);
        Some(Handle(series))
    }
}
