//! Lets nothing through, and closes after a time, counted from when it began on this link; a time of zero never closes.

use tokio::time::Instant;

use super::{Effect, Item, What, after, millis};

pub(super) struct Timeout {
    closes: Option<Instant>,
    began: Instant,
}

impl Timeout {
    pub(super) fn new(timeout: i64, now: Instant) -> Self {
        Self {
            closes: (timeout > 0).then(|| after(now, millis(timeout))),
            began: now,
        }
    }
}

impl Effect for Timeout {
    fn pass(&mut self, item: Item, next: &mut Vec<Item>) {
        // Bytes are dropped.
        if !matches!(item.what, What::Data(..)) {
            next.push(item);
        }
    }

    fn begin(&mut self, now: Instant, next: &mut Vec<Item>) {
        if let Some(closes) = self.closes {
            next.push(Item {
                due: closes.max(now).max(self.began),
                what: What::Cut,
            });
        }
    }

    fn must_close_after(&self) -> bool {
        true
    }
}
