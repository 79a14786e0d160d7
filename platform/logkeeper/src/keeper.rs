//! What a process knows of its plane's evidence log while it serves.

use std::time::Duration;

use base::clock::Clock;
use base::shutdown::Shutdown;
use db::Db;
use evidence::Sequencer;
use evidence::pending::Pending;
use evidence::sequencer::{Duty, Seen};
use prometheus::Registry;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::anchors::AnchorMeters;
use crate::meters::{Meters, TOO_OLD};
use crate::receiver::Receiver;

/// The log's sequencer, and where its checkpoints go besides its anchor file.
pub struct EvidenceLog {
    /// Numbers and signs.
    pub sequencer: Sequencer,
    /// Receivers.
    pub receivers: Vec<Receiver>,
}

/// What is known of one log, and shown.
pub struct Keeper {
    origin: &'static str,
    seen: watch::Sender<Seen>,
    meters: Meters,
    anchors: AnchorMeters,
}

impl Keeper {
    /// Of the log with this name; its meters' names begin with the prefix.
    ///
    /// # Errors
    /// When two meters share a name, which is a bug.
    pub fn new(registry: &Registry, origin: &'static str, prefix: &str) -> Result<Self, prometheus::Error> {
        Ok(Self {
            origin,
            seen: watch::Sender::new(Seen::default()),
            meters: Meters::new(registry, prefix)?,
            anchors: AnchorMeters::new(registry, prefix)?,
        })
    }

    /// Starts the sequencer and one task for each receiver.
    pub fn spawn(&self, log: EvidenceLog, tasks: &mut JoinSet<()>, until: &Shutdown) {
        let EvidenceLog { sequencer, receivers } = log;
        for receiver in receivers {
            let (seen, meters) = (self.seen.subscribe(), self.anchors.clone());
            tasks.spawn(receiver.run(seen, meters, until.clone()));
        }
        tasks.spawn(sequencer.run(self.seen.clone(), until.clone()));
    }

    /// Looks once, with so much patience for the database; answers whether the log alarms, for the next look.
    pub async fn sample(&self, db: &Db, clock: &Clock, patience: Duration, alarmed: bool) -> bool {
        let duty = self.seen.borrow().duty;
        self.meters.duty(duty);
        let asked = evidence::pending::pending(db, self.origin);
        let seen = match timeout(patience, asked).await {
            Ok(Ok(seen)) => Some(seen),
            _ => None,
        };
        let now = clock.now_micros();
        let age = seen.map(|seen| age(&seen, now));
        self.meters.show(seen, age);
        let alarms = duty == Duty::Refused || age.is_some_and(|age| age > TOO_OLD);
        self.meters.alarm(alarms, age);
        if alarms && !alarmed {
            let (pending, oldest) = (seen.map(|seen| seen.count), age.map(|age| age.as_secs_f64()));
            tracing::error!(
                pending,
                oldest_seconds = oldest,
                duty = duty.as_str(),
                "operators' acts are not under the evidence log's protection"
            );
        } else if alarmed && !alarms {
            tracing::info!("the evidence log is up to date again");
        }
        alarms
    }
}

fn age(seen: &Pending, now: i64) -> Duration {
    let micros = seen.oldest.map_or(0, |oldest| now.saturating_sub(oldest).max(0));
    Duration::from_micros(micros.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meters::TOO_OLD;

    #[test]
    fn nothing_that_waits_has_no_age_and_a_clock_that_is_behind_makes_none() {
        let seen = |oldest| Pending {
            count: 1,
            oldest,
            size: 0,
            signed: 0,
        };
        assert_eq!(age(&seen(None), 5), Duration::ZERO);
        assert_eq!(age(&seen(Some(9)), 5), Duration::ZERO);
        assert!(age(&seen(Some(0)), 2_000_001) > TOO_OLD);
    }
}
