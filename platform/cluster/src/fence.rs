//! An old primary after a failover: fenced, so that it never takes a write again, and made a standby of the new one.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::process::Command;

use crate::run::run;
use crate::standby::address;
use crate::{Cluster, ClusterError};

impl Cluster {
    /// Fences a server that does not run: whoever starts it from now on gets a standby, which takes no writes. On disk
    /// when it returns.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn fence(&self) -> Result<(), ClusterError> {
        let failed = ClusterError::io("fencing the old primary");
        let data = self.folder().join("data");
        let signal = data.join("standby.signal");
        let fenced = File::create(&signal)
            .and_then(|file| file.sync_all())
            .and_then(|()| File::open(&data)?.sync_all());
        fenced.map_err(failed)?;
        self.give(&signal)
    }

    /// Takes back what an old primary wrote after the histories parted, and starts it as a standby of the new one.
    ///
    /// # Errors
    /// What the programs said.
    pub fn rejoin(&mut self, new: &Self, name: &str) -> Result<(), ClusterError> {
        // pg_rewind looks for the new timeline in the control file, which a checkpoint writes.
        new.sql("postgres", "CHECKPOINT")?;
        self.halt();
        let data = self.folder().join("data");
        let mut rewind = Command::new(self.program("pg_rewind"));
        rewind
            .arg("-D")
            .arg(&data)
            .arg("--source-server")
            .arg(format!("{} dbname=postgres", address(new.port())))
            .current_dir(self.folder());
        run("rewinding the old primary", self.as_account(&mut rewind))?;
        let failed = || ClusterError::io("making the old primary a standby");
        let mut settings = OpenOptions::new()
            .append(true)
            .open(data.join("postgresql.auto.conf"))
            .map_err(failed())?;
        let line = format!("primary_conninfo = '{} application_name={name}'\n", address(new.port()));
        settings.write_all(line.as_bytes()).map_err(failed())?;
        settings.sync_all().map_err(failed())?;
        self.fence()?;
        self.restart()
    }

    /// The end of the server's log.
    #[must_use]
    pub fn said(&self) -> String {
        fs::read_to_string(self.folder().join("log")).unwrap_or_default()
    }
}
