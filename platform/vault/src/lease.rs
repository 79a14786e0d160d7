//! The right to use keys: as fresh as the last look at the tombstones.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A destroyed key is unusable everywhere after this long: an instance that has
/// not looked since uses no key at all.
pub const LEASE: Duration = Duration::from_secs(1);

/// Monotonic time, so that a wall clock that is set back lends nothing.
pub(crate) struct Lease {
    origin: Instant,
    /// Microseconds after `origin`.
    until: AtomicU64,
    void: AtomicBool,
}

impl Lease {
    pub(crate) fn none() -> Self {
        Self {
            origin: Instant::now(),
            until: AtomicU64::new(0),
            void: AtomicBool::new(false),
        }
    }

    /// Whether keys may be used now.
    pub(crate) fn holds(&self) -> bool {
        micros(self.origin.elapsed()) < self.until.load(Ordering::Acquire)
            && !self.void.load(Ordering::Acquire)
    }

    /// Extends it from the start of a look that saw every tombstone: what was
    /// destroyed after that start may have been missed.
    pub(crate) fn renew(&self, began: Instant) {
        let until = began.saturating_duration_since(self.origin) + LEASE;
        self.until.fetch_max(micros(until), Ordering::Release);
    }

    /// Ends it for good: the store is not the one that it was, or swept this instance.
    pub(crate) fn end(&self) {
        self.void.store(true, Ordering::Release);
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_from_a_look_until_a_second_after_that_look_began() {
        let lease = Lease::none();
        assert!(!lease.holds(), "nobody has looked yet");
        lease.renew(Instant::now());
        assert!(lease.holds());
        let late = Lease::none();
        late.renew(Instant::now().checked_sub(LEASE).unwrap_or(late.origin));
        std::thread::sleep(Duration::from_millis(1));
        assert!(!late.holds() || late.origin.elapsed() < LEASE);
    }

    #[test]
    fn an_ended_lease_is_not_renewed() {
        let lease = Lease::none();
        lease.renew(Instant::now());
        lease.end();
        lease.renew(Instant::now());
        assert!(!lease.holds());
    }
}
