//! Delays each piece, give or take a jitter, and keeps their order.

use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;
use tokio::time::Instant;

use super::{Effect, Item, What, after, millis};

pub(super) struct Latency {
    latency: i64,
    jitter: i64,
    last: Instant,
    random: StdRng,
}

impl Latency {
    pub(super) fn new(latency: i64, jitter: i64, now: Instant, random: StdRng) -> Self {
        Self {
            latency,
            jitter,
            last: now,
            random,
        }
    }

    fn delay(&mut self) -> Duration {
        let jitter = if self.jitter > 0 {
            self.random.random_range(-self.jitter..self.jitter)
        } else {
            0
        };
        millis(self.latency.saturating_add(jitter))
    }
}

impl Effect for Latency {
    fn pass(&mut self, item: Item, next: &mut Vec<Item>) {
        // As Toxiproxy does, a close waits for what was sent before it, and for no delay of its own.
        let delay = match item.what {
            What::Data(..) => self.delay(),
            _ => Duration::ZERO,
        };
        self.last = self.last.max(after(item.due, delay));
        next.push(Item {
            due: self.last,
            ..item
        });
    }

    fn begin(&mut self, now: Instant, _next: &mut Vec<Item>) {
        self.last = now;
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::super::test_helper::{data, passed};
    use super::*;

    #[test]
    fn pieces_are_late_by_latency_and_jitter_and_stay_in_order() {
        let now = Instant::now();
        let mut latency = Latency::new(100, 50, now, StdRng::seed_from_u64(3));
        let mut last = now;
        let mut seen = Vec::new();
        for at in 0..200 {
            let came = now + Duration::from_millis(at * 200);
            let [item] = passed(&mut latency, data("x", came)).try_into().unwrap();
            assert!(item.due >= last);
            last = item.due;
            seen.push((item.due - came).as_millis());
        }
        assert!(seen.iter().all(|late| (50..150).contains(late)), "{seen:?}");
        assert!(seen.iter().any(|late| *late < 70) && seen.iter().any(|late| *late > 130));
    }

    #[test]
    fn less_than_nothing_is_no_delay() {
        let now = Instant::now();
        let mut latency = Latency::new(-5, 0, now, StdRng::seed_from_u64(3));
        assert_eq!(passed(&mut latency, data("x", now))[0].due, now);
        let mut latency = Latency::new(i64::MAX, i64::MAX, now, StdRng::seed_from_u64(3));
        assert!(passed(&mut latency, data("x", now))[0].due >= now);
    }
}
