//! The wall clock; in test builds a control file can move it.

use base::clock::Clock;
use base::config::Env;

/// The clock of this process. A build with feature `chaos` follows the file that
/// `FINANCING_CLOCK` names (an RFC 3339 time, or `+SECONDS` ahead of the wall
/// clock), so that a drill can see a month end; a release knows no such file.
pub(crate) fn of(env: &dyn Env) -> Clock {
    #[cfg(feature = "chaos")]
    if let Some(path) = env.get("FINANCING_CLOCK") {
        tracing::warn!(path, "the clock follows a control file");
        return Clock::from_file(path);
    }
    let _ = env;
    Clock::system()
}
