//! Sends the evidence log's checkpoints off this machine: to webhooks and to the
//! other plane, each by itself, so that one that is down holds up no other.
//!
//! Only the newest checkpoint is sent: it covers all that came before it. What
//! leaves is a log's name, a size, a hash and a signature.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use base::shutdown::Shutdown;
use client::evidence::Anchor;
use client::http::{Client, SetupError};
use evidence::sequencer::Seen;
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::anchors::AnchorMeters;

/// First wait after a failure: a receiver that restarts is back by then.
const SOON: Duration = Duration::from_secs(1);
/// Longest wait: an anchor that is a minute late is late by less than anybody looks.
const LATE: Duration = Duration::from_secs(60);
/// Longest wait for an answer.
const ANSWER: Duration = Duration::from_secs(10);
/// Where the other plane takes checkpoints.
const PLANE: &str = "/v1/evidence/anchors";

/// Somebody who keeps checkpoints for us.
pub struct Receiver {
    name: String,
    path: &'static str,
    client: Client,
    pass: Option<Pass>,
}

/// The token that the other plane wants, read anew before each use: it rotates without a restart.
struct Pass {
    url: String,
    file: PathBuf,
    token: Zeroizing<String>,
}

/// Why nobody can be sent anything.
#[derive(Debug, thiserror::Error)]
pub enum ReceiverError {
    /// The address or the token.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The token's file.
    #[error("{}: {source}", file.display())]
    Token {
        /// Which.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Receiver {
    /// An address that checkpoints are posted to as they are; the name is for metrics.
    ///
    /// # Errors
    /// When it is not an HTTP URL.
    pub fn webhook(name: String, url: &str) -> Result<Self, ReceiverError> {
        Ok(Self {
            name,
            path: "",
            client: Client::with_timeout(url, "", ANSWER)?,
            pass: None,
        })
    }

    /// The other plane, which verifies and keeps them, under the token that a file holds.
    ///
    /// # Errors
    /// When it is not an HTTP URL, the file can't be read, or the token can't stand in a header.
    pub fn plane(url: &str, file: &Path) -> Result<Self, ReceiverError> {
        let token = token(file)?;
        Ok(Self {
            name: "plane".to_owned(),
            path: PLANE,
            client: Client::with_timeout(url, &token, ANSWER)?,
            pass: Some(Pass {
                url: url.to_owned(),
                file: file.to_owned(),
                token,
            }),
        })
    }

    /// Takes up a token that was changed; one that can't be used leaves the old one.
    fn refresh(&mut self) {
        let Some(pass) = &mut self.pass else { return };
        let changed = token(&pass.file).and_then(|token| {
            if token == pass.token {
                return Ok(None);
            }
            let client = Client::with_timeout(&pass.url, &token, ANSWER)?;
            Ok(Some((token, client)))
        });
        match changed {
            Ok(None) => {}
            Ok(Some((token, client))) => {
                pass.token = token;
                self.client = client;
            }
            Err(error) => tracing::warn!(receiver = self.name, %error, "its token stays as it was"),
        }
    }

    /// Sends what is newest until shutdown.
    pub(crate) async fn run(
        mut self,
        mut seen: watch::Receiver<Seen>,
        meters: AnchorMeters,
        until: Shutdown,
    ) {
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
            self.refresh();
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

fn token(file: &Path) -> Result<Zeroizing<String>, ReceiverError> {
    let text = fs::read_to_string(file).map(Zeroizing::new);
    let text = text.map_err(|source| ReceiverError::Token {
        file: file.to_owned(),
        source,
    })?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}
