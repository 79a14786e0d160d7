//! How long a client has owed its next request.
//!
//! A timer set for every request and taken back with its first byte costs a
//! microsecond or two of a read that takes some twenty-five; here each
//! connection has one timer, which looks again only when the last one would
//! have run out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// While a request is being answered, nothing is owed.
const NOTHING: u64 = u64::MAX;

/// The account of one connection.
#[derive(Debug)]
pub struct Owed {
    begun: Instant,
    /// Microseconds from `begun` to when a request began to be owed.
    since: AtomicU64,
}

impl Owed {
    /// From now on a request is owed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            begun: Instant::now(),
            since: AtomicU64::new(0),
        }
    }

    /// A whole head has come.
    pub fn came(&self) {
        self.since.store(NOTHING, Ordering::Relaxed);
    }

    /// Its answer is ready; the next request is owed.
    pub fn answered(&self) {
        self.since.store(self.now(), Ordering::Relaxed);
    }

    /// The client takes its answer, slowly perhaps: until it has, it owes nothing yet.
    pub fn taking(&self) {
        if self.since.load(Ordering::Relaxed) != NOTHING {
            self.answered();
        }
    }

    /// Waits until a request has been owed for so long.
    pub async fn overdue(&self, time: Duration) {
        loop {
            let since = self.since.load(Ordering::Relaxed);
            let spent = match since {
                NOTHING => Duration::ZERO,
                since => Duration::from_micros(self.now().saturating_sub(since)),
            };
            let left = time.saturating_sub(spent);
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(NOTHING - 1)
    }
}

impl Default for Owed {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Duration = Duration::from_secs(10);

    async fn is_overdue_within(owed: &Owed, seconds: u64) -> bool {
        let wait = Duration::from_secs(seconds);
        tokio::time::timeout(wait, owed.overdue(TIME)).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_never_comes_is_overdue_in_time() {
        let owed = Owed::new();
        assert!(!is_overdue_within(&owed, 9).await);
        assert!(is_overdue_within(&owed, 2).await);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_owed_while_a_request_is_answered_and_the_next_counts_from_its_answer() {
        let owed = Owed::new();
        owed.came();
        owed.taking();
        assert!(!is_overdue_within(&owed, 60).await);
        owed.answered();
        assert!(!is_overdue_within(&owed, 9).await);
        // A part of the answer was taken just now.
        owed.taking();
        assert!(!is_overdue_within(&owed, 9).await);
        assert!(is_overdue_within(&owed, 2).await);
    }
}
