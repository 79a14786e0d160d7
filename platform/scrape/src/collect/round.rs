//! One loop: a round, and the next one when it is over.

use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use base::shutdown::Shutdown;
use tokio::time::Instant;

use super::failure::Failure;
use super::fetch::Fetch;
use super::intake::Intake;
use super::pace::Pace;
use crate::exposition::Format;
use crate::health::{Health, TargetState};
use crate::host::Host;
use crate::probe::Probe;

/// Whence an exposition comes.
pub(super) enum Origin {
    Target(Fetch),
    Host(Host),
    Probe(Probe),
}

/// A loop.
pub(super) struct Round {
    pub(super) origin: Origin,
    pub(super) intake: Intake,
    pub(super) interval: Duration,
    pub(super) patience: Duration,
    pub(super) clock: Clock,
    pub(super) health: Arc<Health>,
    /// What it is called in the list of targets.
    pub(super) name: String,
}

impl Round {
    /// Goes on until the process ends, which ends no series, or the target is no longer watched, which ends
    /// all of its own.
    pub(super) async fn run(mut self, removed: Shutdown, shutdown: Shutdown) {
        let key = format!("{}{}", self.name, self.intake.labels);
        let mut pace = Pace::new(self.clock.clone(), self.interval, &key);
        loop {
            let tick = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                () = removed.cancelled() => break,
                tick = pace.tick() => tick,
            };
            self.health.late(tick.missed);
            let begun = Instant::now();
            let found = tokio::select! {
                () = shutdown.cancelled() => break,
                found = tokio::time::timeout(self.patience, self.origin.ask(self.patience)) => found,
            };
            let took = begun.elapsed();
            let found = found.unwrap_or(Err(Failure::Timeout));
            let read = self.intake.store(found, tick.at, took.as_secs_f64());
            self.health.round(
                &self.name,
                &self.intake.labels,
                tick.at,
                self.interval,
                took,
                &read.map(|counts| counts.ahead),
            );
        }
        if removed.is_triggered() && !shutdown.is_triggered() {
            self.intake.leave(self.clock.now_micros().div_euclid(1_000));
        }
        self.health
            .forget(&TargetState::key(&self.name, &self.intake.labels));
    }
}

impl Origin {
    async fn ask(&mut self, patience: Duration) -> Result<(Vec<u8>, Format), Failure> {
        match self {
            Self::Target(fetch) => fetch.ask().await,
            Self::Host(host) => Ok((host.look().await?, Format::Text)),
            Self::Probe(probe) => Ok((probe.attempt(patience).await, Format::Text)),
        }
    }
}
