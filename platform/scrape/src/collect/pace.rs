//! When a loop's next round is, and which time its samples have.

use std::time::Duration;

use base::clock::Clock;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::store::limits::millis;

/// Ticks of one loop.
pub(super) struct Pace {
    clock: Clock,
    interval: Duration,
    ticks: Interval,
    /// When the tick before was meant to be, by the wall clock.
    meant: Option<i64>,
    before: Option<Instant>,
}

/// A tick.
pub(super) struct Tick {
    /// Milliseconds since the Unix epoch.
    pub(super) at: i64,
    /// Rounds that were left out since the last one, because it took too long or the machine slept.
    pub(super) missed: u64,
}

impl Pace {
    /// Each key has a place of its own within the interval, the same at each start, so that targets are not
    /// all asked at once.
    pub(super) fn new(clock: Clock, interval: Duration, key: &str) -> Self {
        let length = millis(interval).max(1);
        let place = i64::from(crc32fast::hash(key.as_bytes())) % length;
        let into = (clock.now_micros().div_euclid(1_000) - place).rem_euclid(length);
        let wait = Duration::from_millis((length - into).unsigned_abs());
        let mut ticks = interval_at(Instant::now() + wait, interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self {
            clock,
            interval,
            ticks,
            meant: None,
            before: None,
        }
    }

    pub(super) async fn tick(&mut self) -> Tick {
        self.ticks.tick().await;
        let now = Instant::now();
        let length = self.interval.as_millis().max(1);
        let passed = self
            .before
            .map_or(length, |before| now.duration_since(before).as_millis());
        // Half an interval late is still this round.
        let rounds = u64::try_from((passed + length / 2) / length)
            .unwrap_or(u64::MAX)
            .max(1);
        self.before = Some(now);
        let wall = self.clock.now_micros().div_euclid(1_000);
        let at = aligned(self.meant, rounds, millis(self.interval), wall);
        self.meant = Some(at);
        Tick {
            at,
            missed: rounds - 1,
        }
    }
}

/// The time at which the round was meant to be if it is close to it, as in Prometheus, since distances that
/// are all the same take one bit a sample. A hundredth of the interval, and 50 ms at most, changes a rate by
/// no more than that hundredth.
fn aligned(before: Option<i64>, rounds: u64, interval: i64, wall: i64) -> i64 {
    let rounds = i64::try_from(rounds).unwrap_or(i64::MAX);
    let meant = before.map(|before| before.saturating_add(interval.saturating_mul(rounds)));
    let close = (interval / 100).min(50);
    meant
        .filter(|meant| meant.abs_diff(wall) <= close.unsigned_abs())
        .unwrap_or(wall)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_on_time_is_on_time() {
        assert_eq!(aligned(Some(10_000), 1, 5_000, 15_049), 15_000);
        assert_eq!(aligned(Some(10_000), 1, 5_000, 14_951), 15_000);
        assert_eq!(aligned(Some(10_000), 1, 5_000, 15_051), 15_051);
        assert_eq!(aligned(Some(10_000), 3, 5_000, 25_010), 25_000);
        assert_eq!(
            aligned(Some(10_000), 1, 5_000, 3),
            3,
            "a wall clock that was set is followed"
        );
        assert_eq!(aligned(None, 1, 5_000, 7), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn loops_have_places_of_their_own_and_say_what_they_missed() {
        let (clock, _) = Clock::manual("2026-03-01T00:00:00Z".parse().unwrap());
        let mut waits = Vec::new();
        for key in ["a", "b", "c", "d"] {
            let start = Instant::now();
            Pace::new(clock.clone(), Duration::from_secs(5), key).tick().await;
            waits.push(start.elapsed().as_millis());
        }
        waits.sort_unstable();
        waits.dedup();
        assert_eq!(waits.len(), 4, "{waits:?}");

        let mut pace = Pace::new(clock, Duration::from_secs(5), "a");
        assert_eq!(pace.tick().await.missed, 0);
        assert_eq!(pace.tick().await.missed, 0);
        tokio::time::sleep(Duration::from_secs(12)).await;
        assert_eq!(pace.tick().await.missed, 1);
        assert_eq!(pace.tick().await.missed, 0);
    }
}
