//! The clock.

use base::clock::Clock;

/// The system's.
pub(crate) fn of() -> Clock {
    Clock::system()
}
