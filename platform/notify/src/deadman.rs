//! Who watches the watcher: a heartbeat that stops, and a clock that jumps.
//!
//! [`Watchdog`] decides, [`watch`] polls a heartbeat in a process of its own, without a store, and tells over channels of
//! the configuration. A heartbeat is a text that changes, such as [`Notifier::last_pass`](crate::Notifier::last_pass): a
//! server that answers while nothing is decided any more is dead.

use std::io::{self, Write as _};
use std::path::Path;

pub use crate::watcher::{Pulse, Watch, watch};

/// How far wall and monotonic clock may drift apart between two looks before it is a jump.
const JUMP: i64 = 5_000_000;

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Silent for so many microseconds, which is too long; said once, and again after the repeat.
    Silent(i64),
    /// It beats again after a silence of so many microseconds.
    Back(i64),
    /// The wall clock went so many microseconds further than time did; negative if it went back.
    ClockJump(i64),
}

/// The logic of a dead man's switch, in a time that only goes on.
#[derive(Debug, Clone)]
pub struct Watchdog {
    patience: i64,
    repeat: i64,
    beat: Option<String>,
    beat_at: i64,
    told_at: Option<i64>,
    clocks: Option<(i64, i64)>,
}

impl Watchdog {
    /// One that is patient for a time and tells again after another; all in microseconds. `now` is of a clock that only
    /// goes on. The first beat has as much time as any.
    #[must_use]
    pub fn new(patience: i64, repeat: i64, now: i64) -> Self {
        Self {
            patience,
            repeat,
            beat: None,
            beat_at: now,
            told_at: None,
            clocks: None,
        }
    }

    /// Looks: `text` is the heartbeat, if there was one; it counts if it differs from the one before.
    pub fn look(&mut self, text: Option<&str>, now: i64, wall: i64) -> Vec<Finding> {
        let mut found = Vec::new();
        if let Some((before, wall_before)) = self.clocks.replace((now, wall)) {
            let jump = wall
                .saturating_sub(wall_before)
                .saturating_sub(now.saturating_sub(before));
            if jump.abs() > JUMP {
                found.push(Finding::ClockJump(jump));
            }
        }
        let silence = now.saturating_sub(self.beat_at);
        if text.is_some() && text != self.beat.as_deref() {
            self.beat = text.map(str::to_owned);
            self.beat_at = now;
            if self.told_at.take().is_some() {
                found.push(Finding::Back(silence));
            }
        } else if silence >= self.patience
            && self
                .told_at
                .is_none_or(|told| now.saturating_sub(told) >= self.repeat)
        {
            self.told_at = Some(now);
            found.push(Finding::Silent(silence));
        }
        found
    }
}

/// Writes a heartbeat where [`watch`] reads it. Whoever reads sees this one or the one before.
///
/// # Errors
/// What the file system refused.
pub fn beat(path: &Path, number: i64) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(number.to_string().as_bytes())?;
    std::fs::rename(beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::micros::{MINUTE, SECOND};

    /// Looks each five seconds until a time and gives what was found and when.
    fn looks(
        dog: &mut Watchdog,
        from: i64,
        to: i64,
        beat: impl Fn(i64) -> Option<String>,
    ) -> Vec<(i64, Finding)> {
        let mut found = Vec::new();
        for second in (from..to).step_by(5) {
            let at = second * SECOND;
            for finding in dog.look(beat(second).as_deref(), at, at) {
                found.push((second, finding));
            }
        }
        found
    }

    #[test]
    fn a_silence_is_told_within_its_patience_again_and_over() {
        let mut dog = Watchdog::new(MINUTE, 5 * MINUTE, 0);
        let beats = |second: i64| Some(second.to_string());
        assert_eq!(looks(&mut dog, 0, 600, beats), []);
        // The last beat was at 595.
        let silent = looks(&mut dog, 600, 1200, |_| None);
        assert_eq!(
            silent,
            [
                (655, Finding::Silent(60 * SECOND)),
                (955, Finding::Silent(360 * SECOND))
            ]
        );
        assert_eq!(
            looks(&mut dog, 1200, 1300, beats),
            [(1200, Finding::Back(605 * SECOND))]
        );
    }

    #[test]
    fn a_heartbeat_that_never_changes_is_none() {
        let mut dog = Watchdog::new(MINUTE, 5 * MINUTE, 0);
        let found = looks(&mut dog, 0, 120, |_| Some("42".to_owned()));
        assert_eq!(found, [(60, Finding::Silent(60 * SECOND))]);
    }

    #[test]
    fn one_that_never_began_is_told_too() {
        let mut dog = Watchdog::new(MINUTE, 5 * MINUTE, 0);
        assert_eq!(
            looks(&mut dog, 0, 65, |_| None),
            [(60, Finding::Silent(60 * SECOND))]
        );
    }

    #[test]
    fn a_clock_that_jumps_is_told_and_one_that_drifts_is_not() {
        let mut dog = Watchdog::new(MINUTE, 5 * MINUTE, 0);
        let mut look = |beat: &str, at: i64, wall: i64| dog.look(Some(beat), at * SECOND, wall * SECOND);
        assert_eq!(look("a", 0, 1000), []);
        assert_eq!(look("b", 5, 1009), []);
        assert_eq!(look("c", 10, 1020), [Finding::ClockJump(6 * SECOND)]);
        assert_eq!(look("d", 15, 925), [Finding::ClockJump(-100 * SECOND)]);
        assert_eq!(look("e", 20, 930), []);
    }
}
