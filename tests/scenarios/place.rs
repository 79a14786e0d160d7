//! One system's place: its secrets, its database, its files.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use client::http::Client;
use cluster::{Cluster, Options};
use serde_json::Value;
use tempfile::TempDir;

use crate::binaries::shipped;

/// Which database a system has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Sqlite,
    Postgres,
}

/// A place. Its database is stopped and its files removed when it is dropped.
pub(crate) struct Place {
    pub(crate) dir: TempDir,
    pub(crate) url: String,
    pub(crate) cluster: Option<Cluster>,
}

impl Place {
    /// With secrets and an up-to-date schema.
    pub(crate) fn new(store: Store) -> Self {
        Self::with_settings(store, &[])
    }

    /// The same, with settings of the PostgreSQL server.
    pub(crate) fn with_settings(store: Store, settings: &[(&'static str, &'static str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (url, cluster) = match store {
            Store::Sqlite => (
                format!("sqlite://{}", dir.path().join("financing.db").display()),
                None,
            ),
            Store::Postgres => {
                let options = Options {
                    settings: settings.to_vec(),
                    ..Options::default()
                };
                let cluster = Cluster::start(options).unwrap();
                cluster.create_database("financing").unwrap();
                (cluster.url("financing"), Some(cluster))
            }
        };
        let place = Self { dir, url, cluster };
        place.financing(&[
            "init",
            &place.path("etc").display().to_string(),
            "--key-store",
            &place.key_store(),
        ]);
        place.financing(&["migrate", "--database", &place.url]);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Where the keys are, whatever the data's database is.
    pub(crate) fn key_store(&self) -> String {
        format!("sqlite:{}", self.path("keys/keys.db").display())
    }

    /// Runs `financing` to its end; it must succeed.
    #[track_caller]
    pub(crate) fn financing(&self, arguments: &[&str]) -> Output {
        let output = Command::new(shipped("financing"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output
    }

    /// The token of a holder, as `financing init` made it.
    pub(crate) fn token(&self, holder: &str) -> String {
        let text = fs::read(self.path("etc/tokens.json")).unwrap();
        let tokens: Value = serde_json::from_slice(&text).unwrap();
        tokens[holder].as_str().unwrap().to_owned()
    }

    /// A client that acts as a holder.
    pub(crate) fn client(&self, base: &str, holder: &str) -> Client {
        Client::new(base, &self.token(holder)).unwrap()
    }
}

/// Whether PostgreSQL can be started here; says so when it can't.
pub(crate) fn postgres(test: &str) -> bool {
    match cluster::available() {
        Ok(_) => true,
        Err(why) => {
            crate::report::skip(test, &why);
            false
        }
    }
}
