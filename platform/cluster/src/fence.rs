//! A dead primary that takes no write when somebody starts it again.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use crate::{Cluster, ClusterError};

/// The server starts as a standby if this file is in its data directory.
const SIGNAL: &str = "standby.signal";

/// Settings of [`Cluster::set`] are kept here; the last line of a name counts.
const SETTINGS: &str = "postgresql.auto.conf";

impl Cluster {
    /// Sees to it that this server, which does not run, comes up read-only whoever starts it: as a standby that follows
    /// nobody. What it held can then be read. On disk when this returns.
    ///
    /// # Errors
    /// If it runs, or what the system refused.
    pub fn fence(&self) -> Result<(), ClusterError> {
        self.follows("")
    }

    /// Makes a standby of a stopped server by these lines of settings.
    pub(crate) fn follows(&self, lines: &str) -> Result<(), ClusterError> {
        if self.running.is_some() {
            return Err(ClusterError::failed(
                "fencing a server",
                "it runs: kill or stop it first",
            ));
        }
        let data = self.dir.join("data");
        // The signal first: without the rest the server is a standby already.
        let signal = data.join(SIGNAL);
        File::create(&signal)
            .and_then(|file| file.sync_all())
            .map_err(ClusterError::io("writing standby.signal"))?;
        self.account.own(&signal)?;
        let text =
            format!("primary_conninfo = ''\nprimary_slot_name = ''\nsynchronous_standby_names = ''\n{lines}");
        append(&data.join(SETTINGS), &text).map_err(ClusterError::io("writing the standby's settings"))?;
        File::open(&data)
            .and_then(|folder| folder.sync_all())
            .map_err(ClusterError::io("writing the data directory"))
    }
}

fn append(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
