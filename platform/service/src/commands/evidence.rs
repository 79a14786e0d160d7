//! The evidence log as the command line names it.

use std::fs;
use std::path::{Path, PathBuf};

use base::clock::Clock;
use base::exit;
use db::Db;
use evidence::{AnchorFile, Sequencer, Verifier, key_file};
use logkeeper::{EvidenceLog, Receiver};

use crate::cli::{because, stop};

/// The name of the private key's file, in the folder of keys unless said otherwise.
pub(crate) const KEY: &str = "evidence.key";
/// The name of the public key's file.
pub(crate) const PUBLIC: &str = "evidence.pub";

/// Key and anchors.
#[derive(clap::Args, Debug)]
pub(crate) struct EvidenceArgs {
    /// Private key that signs the evidence log's checkpoints; `evidence.key` in the folder of keys if not given.
    #[arg(long, env = "FINANCING_EVIDENCE_KEY", value_name = "FILE")]
    evidence_key: Option<PathBuf>,
    /// File that every checkpoint is added to; best on another disk or a share.
    #[arg(long, env = "FINANCING_ANCHOR_FILE", value_name = "FILE")]
    anchor_file: Option<PathBuf>,
    /// Address that every checkpoint is posted to; several may be given.
    #[arg(
        long = "anchor-url",
        env = "FINANCING_ANCHOR_URLS",
        value_name = "URL",
        value_delimiter = ','
    )]
    anchor_urls: Vec<String>,
    /// Address of the other plane, which verifies and keeps the checkpoints.
    #[arg(
        long,
        env = "FINANCING_ANCHOR_PLANE",
        value_name = "URL",
        requires = "anchor_plane_token"
    )]
    anchor_plane: Option<String>,
    /// File with this plane's token at the other.
    #[arg(
        long,
        env = "FINANCING_ANCHOR_PLANE_TOKEN",
        value_name = "FILE",
        requires = "anchor_plane"
    )]
    anchor_plane_token: Option<PathBuf>,
    /// File with the public key of a log whose checkpoints are taken in; several may be given.
    #[arg(
        long = "known-log",
        env = "FINANCING_KNOWN_LOGS",
        value_name = "FILE",
        value_delimiter = ','
    )]
    known_logs: Vec<PathBuf>,
}

impl EvidenceArgs {
    /// The log on this database. Without a key there is none: no key is made up.
    pub(crate) fn log(&self, db: Db, keys: &Path, clock: Clock) -> anyhow::Result<EvidenceLog> {
        let path = self.evidence_key.clone().unwrap_or_else(|| keys.join(KEY));
        let signer = key_file::load(evidence::FINANCING, &path).map_err(|error| {
            let file = path.display();
            stop(
                exit::USAGE,
                format!("{file}: {error}; `financing init DIR` makes a key"),
            )
        })?;
        let anchors = self.anchor_file.as_deref().map(|path| {
            AnchorFile::open(path, signer.verifier())
                .map_err(|error| because(exit::USAGE, &path.display().to_string(), &error))
        });
        let anchors = anchors.transpose()?;
        if anchors.is_none() && self.anchor_urls.is_empty() && self.anchor_plane.is_none() {
            tracing::warn!(
                "nothing anchors the evidence log outside its database: give --anchor-file, --anchor-url or --anchor-plane"
            );
        }
        Ok(EvidenceLog {
            sequencer: Sequencer::new(db, signer, anchors, clock),
            receivers: self.receivers()?,
        })
    }

    fn receivers(&self) -> anyhow::Result<Vec<Receiver>> {
        let mut receivers = Vec::new();
        for (number, url) in (1..).zip(&self.anchor_urls) {
            let receiver = Receiver::webhook(format!("webhook-{number}"), url);
            receivers.push(receiver.map_err(|error| because(exit::USAGE, "--anchor-url", &error))?);
        }
        if let (Some(url), Some(file)) = (&self.anchor_plane, &self.anchor_plane_token) {
            let receiver = Receiver::plane(url, file);
            receivers.push(receiver.map_err(|error| because(exit::USAGE, "--anchor-plane", &error))?);
        }
        Ok(receivers)
    }

    /// The keys of the logs whose checkpoints are taken in.
    pub(crate) fn known(&self) -> anyhow::Result<Vec<Verifier>> {
        let read = |path: &PathBuf| {
            let name = path.display().to_string();
            let text = fs::read_to_string(path).map_err(|error| because(exit::USAGE, &name, &error))?;
            Verifier::parse(&text).map_err(|error| because(exit::USAGE, &name, &error))
        };
        self.known_logs.iter().map(read).collect()
    }
}
