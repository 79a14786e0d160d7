//! Sends the evidence log's checkpoints off this machine: to webhooks and to the
//! other plane, each by itself, so that one that is down holds up no other.
//!
//! Only the newest checkpoint is sent: it covers all that came before it. What
//! leaves is a log's name, a size, a hash and a signature.

use std::sync::Arc;
use std::time::Duration;

use base::shutdown::Shutdown;
use client::evidence::Anchor;
use client::http::{Client, SetupError};
use evidence::Sequencer;
use evidence::sequencer::Seen;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::app::App;
use crate::metrics::anchors::AnchorMeters;

/// First wait after a failure: a receiver that restarts is back by then.
const SOON: Duration = Duration::from_secs(1);
/// Longest wait: an anchor that is a minute late is late by less than anybody looks.
const LATE: Duration = Duration::from_secs(60);
/// Longest wait for an answer.
const ANSWER: Duration = Duration::from_secs(10);
/// Where the other plane takes checkpoints.
const PLANE: &str = "/v1/evidence/anchors";

/// The log's sequencer, and where its checkpoints go besides its anchor file.
pub struct EvidenceLog {
    /// Numbers and signs.
    pub sequencer: Sequencer,
    /// Receivers.
    pub receivers: Vec<Receiver>,
}

/// Somebody who keeps checkpoints for us.
pub struct Receiver {
    name: String,
    client: Client,
    path: &'static str,
}

impl Receiver {
    /// An address that checkpoints are posted to as they are; the name is for metrics.
    ///
    /// # Errors
    /// When it is not an HTTP URL.
    pub fn webhook(name: String, url: &str) -> Result<Self, SetupError> {
        let client = Client::with_timeout(url, "", ANSWER)?;
        Ok(Self {
            name,
            client,
            path: "",
        })
    }

    /// The other plane, which verifies and keeps them.
    ///
    /// # Errors
    /// When it is not an HTTP URL, or the token can't stand in a header.
    pub fn plane(url: &str, token: &str) -> Result<Self, SetupError> {
        let client = Client::with_timeout(url, token, ANSWER)?;
        Ok(Self {
            name: "plane".to_owned(),
            client,
            path: PLANE,
        })
    }

    /// Sends what is newest until shutdown.
    async fn run(self, mut seen: watch::Receiver<Seen>, meters: AnchorMeters, until: Shutdown) {
        let (mut sent, mut wait) = (0, SOON);
        loop {
            let newest = seen.borrow_and_update().signed.clone();
            let due = newest.filter(|(head, _)| head.size > sent);
            let Some((head, checkpoint)) = due else {
                tokio::select! {
                    () = until.cancelled() => return,
                    changed = seen.changed() => if changed.is_err() { return },
                }
                continue;
            };
            // The same checkpoint is the same request, however often it is sent.
            let key = format!("anchor-{}", head.size);
            match self.client.anchor(self.path, &key, &Anchor { checkpoint }).await {
                Ok(_) => {
                    (sent, wait) = (head.size, SOON);
                    meters.kept(&self.name, head.size);
                }
                Err(error) => {
                    tracing::warn!(receiver = self.name, %error, "a checkpoint was not anchored");
                    meters.failed(&self.name);
                    tokio::select! {
                        () = until.cancelled() => return,
                        () = tokio::time::sleep(wait) => {}
                    }
                    wait = (wait * 2).min(LATE);
                }
            }
        }
    }
}

impl EvidenceLog {
    /// Starts the sequencer and one task for each receiver.
    pub(crate) fn spawn(self, app: &Arc<App>, tasks: &mut JoinSet<()>, until: &Shutdown) {
        let Self { sequencer, receivers } = self;
        for receiver in receivers {
            let (seen, meters) = (app.evidence.subscribe(), app.metrics.anchors.clone());
            tasks.spawn(receiver.run(seen, meters, until.clone()));
        }
        tasks.spawn(sequencer.run(app.evidence.clone(), until.clone()));
    }
}
