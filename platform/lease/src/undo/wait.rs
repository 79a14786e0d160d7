//! Looks until something is so, for a bounded time.

use std::io;
use std::time::{Duration, Instant};

/// The kernel does what a signal asks within milliseconds; a process that waits for a disk may take longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether it came true within a second.
pub(super) fn until(mut so: impl FnMut() -> io::Result<bool>) -> io::Result<bool> {
    let began = Instant::now();
    loop {
        if so()? {
            return Ok(true);
        }
        if began.elapsed() >= PATIENCE {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
