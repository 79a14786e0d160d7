//! The one place that reads the wall clock.
//!
//! Everything with a timer takes a [`Clock`]. A build with feature
//! `test-clock` can also follow a control file, which a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{Timestamp, civil::Date, tz};

/// Where the time comes from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Origin);

#[derive(Clone, Debug)]
enum Origin {
    System,
    Manual(Arc<AtomicI64>),
    #[cfg(feature = "test-clock")]
    File(Arc<std::path::PathBuf>),
}

impl Clock {
    /// The machine's wall clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Origin::System)
    }

    /// A clock that stands still until its [`ManualClock`] moves it.
    #[must_use]
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let micros = Arc::new(AtomicI64::new(start.as_microsecond()));
        (Self(Origin::Manual(Arc::clone(&micros))), ManualClock(micros))
    }

    /// Follows a control file that holds an RFC 3339 time, or `+SECONDS` ahead
    /// of the wall clock; an absent or unreadable file means the wall clock.
    #[cfg(feature = "test-clock")]
    #[must_use]
    pub fn from_file(path: impl Into<std::path::PathBuf>) -> Self {
        Self(Origin::File(Arc::new(path.into())))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub fn now_micros(&self) -> i64 {
        match &self.0 {
            Origin::System => wall(),
            Origin::Manual(micros) => micros.load(Ordering::SeqCst),
            #[cfg(feature = "test-clock")]
            Origin::File(path) => follow(path),
        }
    }

    /// The same as a timestamp.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.now_micros()).unwrap_or(Timestamp::MAX)
    }

    /// The date in China (UTC+8, no daylight saving).
    #[must_use]
    pub fn today(&self) -> Date {
        china(self.now()).date()
    }

    /// Minutes since midnight in China, 0–1,439.
    #[must_use]
    pub fn minute_of_day(&self) -> u16 {
        let time = china(self.now()).time();
        u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
    }
}

/// A time as it reads on a clock in China.
#[must_use]
pub fn china(at: Timestamp) -> jiff::Zoned {
    at.to_zoned(tz::TimeZone::fixed(tz::offset(8)))
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that reads the wall clock"
)]
fn wall() -> i64 {
    Timestamp::now().as_microsecond()
}

#[cfg(feature = "test-clock")]
fn follow(path: &std::path::Path) -> i64 {
    let Ok(text) = std::fs::read_to_string(path) else {
        return wall();
    };
    let text = text.trim();
    if let Some(ahead) = text
        .strip_prefix('+')
        .and_then(|seconds| seconds.parse::<i64>().ok())
    {
        return wall().saturating_add(ahead.saturating_mul(1_000_000));
    }
    text.parse::<Timestamp>()
        .map_or_else(|_| wall(), Timestamp::as_microsecond)
}

/// Moves a manual clock.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// Moves the clock on (or back, for a negative number).
    pub fn advance_micros(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// Sets the clock.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.as_microsecond(), Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_turns_at_midnight_in_china() {
        let (clock, hand) = Clock::manual("2026-03-01T15:59:59Z".parse().unwrap());
        assert_eq!(clock.today(), jiff::civil::date(2026, 3, 1));
        assert_eq!(clock.minute_of_day(), 23 * 60 + 59);
        hand.advance_micros(1_000_000);
        assert_eq!(clock.today(), jiff::civil::date(2026, 3, 2));
        assert_eq!(clock.minute_of_day(), 0);
    }

    #[cfg(feature = "test-clock")]
    #[test]
    fn a_control_file_moves_the_clock() {
        let path = std::env::temp_dir().join(format!("clock-{}", std::process::id()));
        std::fs::write(&path, "2030-01-02T00:00:00Z\n").unwrap();
        assert_eq!(Clock::from_file(&path).today(), jiff::civil::date(2030, 1, 2));
        std::fs::remove_file(path).unwrap();
    }
}
