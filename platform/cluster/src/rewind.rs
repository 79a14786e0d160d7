//! A former primary becomes a standby of its successor.

use std::process::Command;

use crate::run::run;
use crate::standby::Following;
use crate::{Cluster, ClusterError};

impl Cluster {
    /// Throws away what this stopped server has beyond its successor's history (`pg_rewind`) and makes it a standby of
    /// that one; it does not start it. Both need `wal_log_hints` from their first start.
    ///
    /// The successor writes a checkpoint first: until its first one its control file still names the old timeline, and
    /// `pg_rewind` would find nothing to do although rows differ. The slot has to be there, since slots are not
    /// replicated.
    ///
    /// # Errors
    /// If it runs or did not stop in order, or what the programs said.
    pub fn rewind(&self, successor: &Self, following: &Following) -> Result<(), ClusterError> {
        successor.sql("postgres", "CHECKPOINT")?;
        let mut rewind = Command::new(self.programs.join("pg_rewind"));
        rewind
            .arg("--target-pgdata")
            .arg(self.dir.join("data"))
            .arg("--source-server")
            .arg(format!("{} dbname=postgres", following.address(successor)))
            .arg("--no-sync")
            .current_dir(&self.dir);
        run("rewinding the former primary", self.account.apply(&mut rewind))?;
        // Its settings are the successor's now, and its standby.signal is gone with what that one does not have.
        let slot = following.slot.as_deref().unwrap_or_default();
        let address = following.address(successor);
        self.follows(&format!(
            "primary_conninfo = '{address}'\nprimary_slot_name = '{slot}'\n"
        ))
    }
}
