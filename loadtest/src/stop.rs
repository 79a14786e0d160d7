//! What ends a run: its time, a signal, or a file that appears.

use std::path::PathBuf;
use std::time::Duration;

use base::shutdown::Shutdown;

/// How often the file and goose are looked at. A run is told to stop by
/// people and scripts, for whom a tenth of a second is at once.
const LOOK: Duration = Duration::from_millis(100);

/// When to stop, besides signals.
#[derive(Debug, Clone, Default)]
pub struct Until {
    /// After so long.
    pub duration: Option<Duration>,
    /// When this file exists.
    pub file: Option<PathBuf>,
}

/// Waits for an end, then tells customers and goose until `done`.
///
/// Goose takes SIGINT for itself and forgets a stop that comes while it
/// starts, so it is both asked and told again and again. Says what ended it.
pub async fn watch(until: Until, stop: Shutdown, done: Shutdown) -> &'static str {
    let ends = until
        .duration
        .map(|duration| tokio::time::Instant::now() + duration);
    let mut reason = "signal";
    let mut look = tokio::time::interval(LOOK);
    while !done.is_triggered() {
        tokio::select! {
            _ = look.tick() => {}
            () = done.cancelled() => break,
        }
        if !stop.is_triggered() {
            if ends.is_some_and(|ends| tokio::time::Instant::now() >= ends) {
                reason = "duration";
                stop.trigger();
            } else if until.file.as_ref().is_some_and(|file| file.exists()) {
                reason = "stop file";
                stop.trigger();
            } else if goose::is_killswitch_triggered() {
                stop.trigger();
            }
        }
        if stop.is_triggered() {
            goose::trigger_killswitch(reason);
        }
    }
    reason
}
