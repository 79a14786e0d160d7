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
                // Whoever removes a target waits for its loop before it begins another one.
                () = removed.cancelled() => break,
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

#[cfg(test)]
mod tests {
    use promql::Labels;
    use tokio::net::TcpListener;

    use super::*;
    use crate::store::{Limits, Store};

    #[tokio::test(start_paused = true)]
    async fn a_target_that_hangs_is_not_waited_for_once_it_is_no_longer_watched() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (clock, _) = Clock::manual("2026-03-01T00:00:00Z".parse().unwrap());
        let store = Arc::new(Store::new(Limits::default()));
        let interval = Duration::from_secs(120);
        let fetch = Fetch {
            clients: Arc::default(),
            url: format!("http://{}/", listener.local_addr().unwrap())
                .parse()
                .unwrap(),
            bearer_token_file: None,
            ca_file: None,
            largest: 1_000,
            patience: interval,
        };
        let round = Round {
            origin: Origin::Target(fetch),
            intake: Intake::new(Arc::clone(&store), Labels::new([("job", "a")]), 120_000),
            interval,
            patience: interval,
            clock,
            health: Arc::new(Health::new(store)),
            name: "a".to_owned(),
        };
        let removed = Shutdown::new();
        let task = tokio::spawn(round.run(removed.clone(), Shutdown::new()));
        let _held = listener.accept().await.unwrap();
        let begun = Instant::now();
        removed.trigger();
        task.await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    }
}
