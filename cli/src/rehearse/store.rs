//! Where the service keeps its data during a rehearsal.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use base::exit;
use cluster::ClusterError;

use super::args::StoreKind;
use super::folder::Folder;
use super::outage::Proxy;
use super::pair::{DATABASE, Pair, REPLICATION};
use crate::ended::stop;

/// A database of its own; servers are stopped and removed when the last of this is dropped.
pub(super) struct Store {
    /// What the service is told, and the audit asks.
    pub(super) url: String,
    /// The servers, where there are any.
    pub(super) pair: Option<Arc<Mutex<Pair>>>,
}

impl Store {
    /// Where the server that takes writes keeps its files and its log.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        let pair = self.pair.as_ref()?;
        Some(pair.lock().unwrap_or_else(PoisonError::into_inner).folder())
    }

    /// The server's port, where there is one.
    pub(super) fn port(&self) -> Option<u16> {
        let pair = self.pair.as_ref()?;
        Some(pair.lock().unwrap_or_else(PoisonError::into_inner).port())
    }

    /// Gives the server a synchronous standby, and puts both behind a proxy: from now on its address is the database's.
    pub(super) async fn behind(&mut self, proxy: &Proxy) -> anyhow::Result<()> {
        let Some(pair) = &self.pair else { return Ok(()) };
        let through = proxy.listens_as(REPLICATION).await?;
        let port = through.rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.context("the proxy listens nowhere")?;
        pair.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .replicate(port)?;
        self.url = Pair::url_at(&proxy.listens_as(DATABASE).await?);
        Ok(())
    }

    /// Makes it.
    pub(super) fn make(kind: StoreKind, folder: &Folder) -> anyhow::Result<Self> {
        match kind {
            StoreKind::Sqlite => Ok(Self {
                url: format!("sqlite://{}", folder.database().display()),
                pair: None,
            }),
            StoreKind::Postgres => {
                let pair = Pair::start().map_err(|error| match error {
                    ClusterError::Missing(what) => stop(exit::UNREACHABLE, what),
                    error => stop(exit::FAILED, format!("failed to start PostgreSQL: {error}")),
                })?;
                Ok(Self {
                    url: pair.url(),
                    pair: Some(Arc::new(Mutex::new(pair))),
                })
            }
        }
    }
}
