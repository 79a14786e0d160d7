//! Starting a postmaster and waiting until it answers.

use crate::account::Account;
use crate::run::{run, tail};
use crate::{ClusterError, processes};
use std::fs::OpenOptions;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Time to get ready: recovery after a kill on a busy machine takes some seconds.
const READY: Duration = Duration::from_secs(60);

/// Between two looks: a start takes some tenths of a second.
const LOOK: Duration = Duration::from_millis(20);

/// How a server is started.
pub(crate) struct Launch<'c> {
    pub(crate) programs: &'c Path,
    pub(crate) account: &'c Account,
    pub(crate) folder: &'c Path,
    pub(crate) port: u16,
    pub(crate) settings: &'c [(&'static str, &'static str)],
}

impl Launch<'_> {
    /// Starts the postmaster on `data` in the folder; it writes to `log` beside it.
    pub(crate) fn postmaster(&self) -> Result<Child, ClusterError> {
        // A start does not wipe what led to it.
        let log = OpenOptions::new().append(true).create(true).open(self.log());
        let log = log.map_err(ClusterError::io("making the server's log"))?;
        let errors = log
            .try_clone()
            .map_err(ClusterError::io("sharing the server's log"))?;
        let mut command = Command::new(self.programs.join("postgres"));
        command
            .arg("-D")
            .arg(self.folder.join("data"))
            .current_dir(self.folder);
        for (name, value) in self.usual() {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        // The last value of a setting is the one in force.
        for (name, value) in self.settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        self.account
            .apply(&mut command)
            .spawn()
            .map_err(ClusterError::io("starting the server"))
    }

    fn usual(&self) -> [(&'static str, String); 5] {
        [
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", self.port.to_string()),
            ("unix_socket_directories", self.folder.display().to_string()),
            // The server's own default, named because pools are sized for it.
            ("max_connections", "100".to_owned()),
            ("fsync", "on".to_owned()),
        ]
    }

    /// Waits until the server takes connections.
    ///
    /// # Errors
    /// The end of its log, if it exits or is not ready in time.
    pub(crate) fn wait_ready(&self, postmaster: &mut Child) -> Result<(), ClusterError> {
        let deadline = Instant::now() + READY;
        let port = self.port.to_string();
        loop {
            let mut ask = Command::new(self.programs.join("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-p", &port]);
            if run("asking whether the server is ready", &mut ask).is_ok() {
                return Ok(());
            }
            if processes::ended(postmaster, Duration::ZERO) || Instant::now() >= deadline {
                let said = std::fs::read_to_string(self.log()).unwrap_or_default();
                return Err(ClusterError::failed("starting the server", tail(&said)));
            }
            std::thread::sleep(LOOK);
        }
    }

    fn log(&self) -> std::path::PathBuf {
        self.folder.join("log")
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Result<u16, ClusterError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(ClusterError::io("finding a port"))?;
    Ok(listener
        .local_addr()
        .map_err(ClusterError::io("finding a port"))?
        .port())
}
