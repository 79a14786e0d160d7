//! A standby of a cluster: a server that follows it by streaming, and can be promoted.

use std::process::Command;

use crate::account::Account;
use crate::guard::Guard;
use crate::run::run;
use crate::server::folder;
use crate::{Cluster, ClusterError, Options, binaries, launch};

impl Cluster {
    /// Starts a standby, which is asynchronous until `name` is among the primary's `synchronous_standby_names`.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn standby(&self, name: &str) -> Result<Self, ClusterError> {
        self.standby_through(name, self.port(), Options::default())
    }

    /// The same, following through another port on loopback, such as a proxy's, and with settings of its own.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn standby_through(&self, name: &str, port: u16, options: Options) -> Result<Self, ClusterError> {
        let programs = binaries::available().map_err(ClusterError::Missing)?;
        let account = Account::choose()?;
        let dir = folder(&account, "making the standby's folder")?;
        let guard = Guard::watch(&account, dir.path(), options.keep)?;
        let mut copy = Command::new(programs.join("pg_basebackup"));
        // -R leaves what makes it a standby, with this address.
        copy.args(["-R", "-X", "stream", "--checkpoint=fast", "--no-sync", "-D"])
            .arg(dir.path().join("data"))
            .arg("-d")
            .arg(format!("{} application_name={name}", address(port)))
            .current_dir(dir.path());
        run("copying the primary", account.apply(&mut copy))?;
        let own = launch::free_port()?;
        Self::on(programs, account, dir.keep(), (own, options), guard)
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

/// How a server on loopback is reached.
pub(crate) fn address(port: u16) -> String {
    format!("host=127.0.0.1 port={port} user=postgres")
}
