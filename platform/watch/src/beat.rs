//! Whether the watcher itself works: a heartbeat that stops when any part of it does.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// Microseconds since 1970 of what has to go on, and what has failed since.
#[derive(Debug, Default)]
pub struct Beat {
    /// The last look at what is due, after which nothing was due any more. A group may be due only once an hour.
    pub(crate) looked_at: AtomicI64,
    /// The last round of a group.
    pub(crate) evaluated_at: AtomicI64,
    /// The last time that the store took what the rules know.
    pub(crate) saved_at: AtomicI64,
    /// The last time that the notifier took what fires.
    pub(crate) handed_at: AtomicI64,
    /// Rounds.
    pub(crate) rounds: AtomicU64,
    /// Rules that failed in the last round of their group.
    pub(crate) failing: AtomicU64,
    /// Times that the store or the notifier did not take what they were given.
    pub(crate) refused: AtomicU64,
}

/// Longest silence of a part, in microseconds: four rounds of five seconds. With the 30 s of the watchdog after it, a
/// person is told within a minute.
const PATIENCE: i64 = 20_000_000;

impl Beat {
    /// What is against it, in words that name the part.
    #[must_use]
    pub fn complaints(&self, now: i64, notifier: Option<i64>) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut look = |at: i64, what: &str| {
            let age = now.abs_diff(at);
            if at == 0 {
                complaints.push(format!("{what} have not begun"));
            } else if age > PATIENCE.unsigned_abs() {
                complaints.push(format!("{what} stand still for {} s", age / 1_000_000));
            }
        };
        look(self.looked_at.load(Relaxed), "the rules");
        look(self.saved_at.load(Relaxed), "writes to the store");
        match notifier {
            Some(at) => look(at, "the notifier's passes"),
            None => complaints.push("nobody is told: there is no [notify] in the configuration".to_owned()),
        }
        complaints
    }

    /// A number that grows as long as every part works: the time itself. `None` if one stands still, so that a server
    /// that answers while nothing is evaluated, saved or told is as good as dead.
    #[must_use]
    pub fn pulse(&self, now: i64, notifier: Option<i64>) -> Option<i64> {
        let parts = [
            self.looked_at.load(Relaxed),
            self.saved_at.load(Relaxed),
            notifier.unwrap_or(now),
        ];
        // A time to come is as bad: the clock was set back, and nothing has happened since.
        let fresh = |at: i64| at > 0 && now.abs_diff(at) <= PATIENCE.unsigned_abs();
        parts.into_iter().all(fresh).then_some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_part_that_stands_still_stops_the_pulse_and_is_named() {
        let now = 1_000_000_000;
        let beat = Beat::default();
        assert_eq!(beat.pulse(now, Some(now)), None);
        beat.looked_at.store(now - 1, Relaxed);
        beat.saved_at.store(now - 2, Relaxed);
        assert_eq!(beat.pulse(now, Some(now)), Some(now));
        assert!(beat.complaints(now, Some(now)).is_empty());
        let late = now + PATIENCE + 10;
        beat.looked_at.store(late, Relaxed);
        assert_eq!(beat.pulse(late, Some(late)), None);
        assert!(beat.complaints(late, Some(late))[0].contains("store"));
        beat.saved_at.store(late, Relaxed);
        assert_eq!(beat.pulse(late, Some(now)), None);
        assert!(beat.complaints(late, Some(now))[0].contains("notifier"));
    }
}
