//! A standby of a cluster: a server that follows it by streaming, and can be promoted.

use std::process::Command;

use crate::account::Account;
use crate::guard::Guard;
use crate::run::run;
use crate::server::folder;
use crate::{Cluster, ClusterError, Options, binaries, launch};

/// How a standby follows its primary.
#[derive(Debug, Clone, Default)]
pub struct Following {
    /// Its `application_name`, by which `synchronous_standby_names` knows it.
    pub name: String,
    /// The replication slot that keeps WAL for it: made by [`Cluster::standby_by`], and to be there for
    /// [`Cluster::rewind`]. None without one.
    pub slot: Option<String>,
    /// The port on loopback under which it reaches its primary, if that is a proxy's.
    pub through: Option<u16>,
    /// Server settings, as in [`Options::settings`]; not for [`Cluster::rewind`].
    pub settings: Vec<(&'static str, &'static str)>,
}

impl Following {
    /// The connection string to a primary.
    pub(crate) fn address(&self, primary: &Cluster) -> String {
        let (name, port) = (&self.name, self.through.unwrap_or_else(|| primary.port()));
        format!("host=127.0.0.1 port={port} user=postgres application_name={name}")
    }
}

impl Cluster {
    /// Starts a standby, which is asynchronous until `name` is among the primary's `synchronous_standby_names`.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn standby(&self, name: &str) -> Result<Self, ClusterError> {
        self.standby_by(&Following {
            name: name.to_owned(),
            ..Following::default()
        })
    }

    /// Starts a standby that follows as it is told.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn standby_by(&self, following: &Following) -> Result<Self, ClusterError> {
        let programs = binaries::available().map_err(ClusterError::Missing)?;
        let account = Account::choose()?;
        let dir = folder(&account, "making the standby's folder")?;
        let options = Options {
            settings: following.settings.clone(),
            ..Options::default()
        };
        let guard = Guard::watch(&account, dir.path(), options.keep)?;
        let mut copy = Command::new(programs.join("pg_basebackup"));
        // -R leaves what makes it a standby, with this address.
        copy.args(["-R", "-X", "stream", "--checkpoint=fast", "--no-sync", "-D"])
            .arg(dir.path().join("data"))
            .arg("-d")
            .arg(following.address(self));
        if let Some(slot) = &following.slot {
            copy.args(["-C", "-S", slot]);
        }
        copy.current_dir(dir.path());
        run("copying the primary", account.apply(&mut copy))?;
        let port = launch::free_port()?;
        Self::on(programs, account, dir.keep(), (port, options), guard)
    }

    /// Makes a standby a primary, and returns once it takes writes.
    ///
    /// # Errors
    /// What the server said.
    pub fn promote(&self) -> Result<(), ClusterError> {
        self.sql(
            "postgres",
            "DO $$ BEGIN ASSERT pg_promote(true, 60), 'not promoted'; END $$",
        )
    }
}
