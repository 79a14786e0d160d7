//! What each toxic does to one direction of one connection. An effect moves nothing and waits for nothing: it is given
//! items with the time at which they are due, and passes on what they become.

mod bandwidth;
mod latency;
mod limit_data;
mod reset_peer;
mod slicer;
mod slow_close;
mod timeout;

use std::time::Duration;

use bytes::Bytes;
use rand::rngs::StdRng;
use tokio::time::Instant;

use crate::proxy::toxic::Kind;

/// What goes through a link.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// When it may leave.
    pub(super) due: Instant,
    pub(super) what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// Bytes, and when they came.
    Data(Bytes, Instant),
    /// The sender will send no more; the other direction goes on.
    End,
    /// Both directions are closed.
    Cut,
    /// Both directions are reset.
    Reset,
}

/// One toxic on one link.
pub(super) trait Effect: Send {
    /// Passes an item on, as what it becomes. What was due before is never due after what came later.
    fn pass(&mut self, item: Item, next: &mut Vec<Item>);

    /// Begins, at its start and again when the list of toxics has changed: what was passed and has not left will be
    /// passed again. What happens without any bytes is passed on here.
    fn begin(&mut self, _now: Instant, _next: &mut Vec<Item>) {}

    /// So many bytes have left.
    fn left(&mut self, _bytes: usize) {}

    /// Takes over from the effect of the same toxic before it was updated.
    fn follow(&mut self, _sent: u64) {}

    /// How many bytes have left under it.
    fn sent(&self) -> u64 {
        0
    }

    /// Whether the connection cannot go on without it: it has swallowed what the receiver waits for.
    fn must_close_after(&self) -> bool {
        false
    }
}

/// The effect of a toxic. Each draws its chances from its own generator.
pub(super) fn of(kind: Kind, now: Instant, random: StdRng) -> Box<dyn Effect> {
    match kind {
        Kind::Latency { latency, jitter } => Box::new(latency::Latency::new(latency, jitter, now, random)),
        Kind::Bandwidth { rate } => Box::new(bandwidth::Bandwidth::new(rate, now)),
        Kind::SlowClose { delay } => Box::new(slow_close::SlowClose(millis(delay))),
        Kind::Timeout { timeout } => Box::new(timeout::Timeout::new(timeout, now)),
        Kind::ResetPeer { timeout } => Box::new(reset_peer::ResetPeer::new(millis(timeout))),
        Kind::Slicer {
            average_size,
            size_variation,
            delay,
        } => Box::new(slicer::Slicer::new(
            average_size,
            size_variation,
            delay,
            now,
            random,
        )),
        Kind::LimitData { bytes } => Box::new(limit_data::LimitData::new(bytes)),
    }
}

/// A number of the API as a time; less than nothing is nothing.
fn millis(number: i64) -> Duration {
    Duration::from_millis(u64::try_from(number).unwrap_or(0))
}

/// A thousand years from now is never; the sum of two large numbers must not be a panic.
fn after(at: Instant, delay: Duration) -> Instant {
    at.checked_add(delay.min(NEVER)).unwrap_or(at)
}

const NEVER: Duration = Duration::from_secs(365 * 86_400);

#[cfg(test)]
mod test_helper {
    use super::*;

    pub(super) fn data(text: &'static str, at: Instant) -> Item {
        Item {
            due: at,
            what: What::Data(Bytes::from_static(text.as_bytes()), at),
        }
    }

    pub(super) fn passed(effect: &mut dyn Effect, item: Item) -> Vec<Item> {
        let mut next = Vec::new();
        effect.pass(item, &mut next);
        next
    }

    pub(super) fn bytes(items: &[Item]) -> Vec<u8> {
        items
            .iter()
            .flat_map(|item| match &item.what {
                What::Data(bytes, _) => bytes.to_vec(),
                _ => Vec::new(),
            })
            .collect()
    }
}
