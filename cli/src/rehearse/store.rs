//! Where the service keeps its data during a rehearsal.

use std::path::{Path, PathBuf};

use base::exit;
use cluster::{Cluster, ClusterError, Options};

use super::args::StoreKind;
use super::folder::Folder;
use crate::ended::stop;

/// A database of its own; a server is stopped and removed when this is dropped.
pub(super) struct Store {
    pub(super) url: String,
    server: Option<Cluster>,
}

impl Store {
    /// Where a server that was started for it keeps its files and its log.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.server.as_ref().map(Cluster::folder)
    }

    /// Every file and folder that the service's data may be in.
    pub(super) fn files(&self, folder: &Folder) -> Vec<PathBuf> {
        match self.folder() {
            Some(server) => vec![server.to_owned()],
            None => {
                let database = folder.database();
                let beside = |end: &str| PathBuf::from(format!("{}{end}", database.display()));
                ["", "-wal", "-shm", "-journal"].map(beside).into()
            }
        }
    }

    /// Makes it.
    pub(super) fn make(kind: StoreKind, folder: &Folder) -> anyhow::Result<Self> {
        match kind {
            StoreKind::Sqlite => Ok(Self {
                url: format!("sqlite://{}", folder.database().display()),
                server: None,
            }),
            StoreKind::Postgres => {
                let server = Cluster::start(Options::default()).map_err(|error| match error {
                    ClusterError::Missing(what) => stop(exit::UNREACHABLE, what),
                    error => stop(exit::FAILED, format!("failed to start PostgreSQL: {error}")),
                })?;
                server.create_database("lending")?;
                Ok(Self {
                    url: server.url("lending"),
                    server: Some(server),
                })
            }
        }
    }
}
