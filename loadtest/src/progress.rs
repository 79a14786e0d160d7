//! One line of JSON per second.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use base::clock::Clock;
use base::shutdown::Shutdown;
use serde::Serialize;

use crate::figures::Snapshot;
use crate::shared::Shared;

#[derive(Serialize)]
struct Line {
    /// Microseconds since the Unix epoch.
    at: i64,
    #[serde(flatten)]
    figures: Snapshot,
    /// Loans that existing business may work on.
    loans: usize,
}

/// Where the lines go.
pub struct Sink(Box<dyn Write + Send>);

impl Sink {
    /// A file, or standard output for `-`.
    ///
    /// # Errors
    /// When the file can't be made.
    pub fn open(target: &Path) -> anyhow::Result<Self> {
        if target == Path::new("-") {
            return Ok(Self(Box::new(std::io::stdout())));
        }
        let file = std::fs::File::create(target)
            .with_context(|| format!("failed to create {}", target.display()))?;
        Ok(Self(Box::new(file)))
    }

    fn line(&mut self, clock: &Clock, shared: &Shared) -> std::io::Result<()> {
        let line = Line {
            at: clock.now_micros(),
            figures: shared.recorder.figures().snapshot(),
            loans: shared.pool.len(),
        };
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        self.0.write_all(&text)?;
        self.0.flush()
    }
}

/// Writes a line each second, and a last one when the run is done. A reader
/// who went away does not end the run: the journal is what matters.
pub async fn report(mut sink: Sink, clock: Clock, shared: Arc<Shared>, done: Shutdown) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.tick().await;
    let mut gone = false;
    loop {
        let last = tokio::select! {
            _ = second.tick() => false,
            () = done.cancelled() => true,
        };
        if !gone && let Err(error) = sink.line(&clock, &shared) {
            tracing::warn!(%error, "the progress can't be written any more");
            gone = true;
        }
        if last {
            return;
        }
    }
}
