//! The time a job's SQL may take, enforced inside SQLite by its progress handler.

use crate::DbError;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Virtual machine steps between two looks at the clock: about 50 µs of work, so
/// that the check costs nothing and a late statement stops within a millisecond.
const STEPS: i32 = 2000;

/// No deadline: between jobs, for BEGIN and COMMIT must not be interrupted.
const NONE: u64 = u64::MAX;

/// When the running job's SQL must have ended.
pub(crate) struct Budget {
    origin: Instant,
    until: AtomicU64,
}

impl Budget {
    /// A budget that the connection's statements obey from now on.
    pub(crate) fn install(conn: &Connection) -> rusqlite::Result<Arc<Self>> {
        let budget = Arc::new(Self {
            origin: Instant::now(),
            until: AtomicU64::new(NONE),
        });
        let seen = Arc::clone(&budget);
        conn.progress_handler(STEPS, Some(move || seen.exceeded()))?;
        Ok(budget)
    }

    /// Starts a job that may take `time`.
    pub(crate) fn start(&self, time: Duration) {
        let until = micros(self.origin.elapsed().saturating_add(time));
        self.until.store(until, Ordering::Relaxed);
    }

    /// Ends the job; nothing is interrupted until the next one.
    pub(crate) fn stop(&self) {
        self.until.store(NONE, Ordering::Relaxed);
    }

    /// Refuses the next statement of a job that is late already: a loop of short
    /// statements never meets the progress handler.
    pub(crate) fn check(&self) -> Result<(), DbError> {
        if self.exceeded() {
            Err(DbError::Timeout)
        } else {
            Ok(())
        }
    }

    fn exceeded(&self) -> bool {
        let until = self.until.load(Ordering::Relaxed);
        until != NONE && micros(self.origin.elapsed()) > until
    }
}

/// Microseconds, saturating below [`NONE`] after half a million years.
fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(NONE - 1)
}
