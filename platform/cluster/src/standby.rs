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
        let programs = binaries::available().map_err(ClusterError::Missing)?;
        let account = Account::choose()?;
        let dir = folder(&account, "making the standby's folder")?;
        let options = Options::default();
        let guard = Guard::watch(&account, dir.path(), options.keep)?;
        let mut copy = Command::new(programs.join("pg_basebackup"));
        // -R leaves what makes it a standby, with this address.
        copy.args(["-R", "-X", "stream", "--checkpoint=fast", "--no-sync", "-D"])
            .arg(dir.path().join("data"))
            .arg("-d")
            .arg(format!("{} application_name={name}", self.address()))
            .current_dir(dir.path());
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

    fn address(&self) -> String {
        format!("host=127.0.0.1 port={} user=postgres", self.port())
    }
}
