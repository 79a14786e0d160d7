//! One running server: start, use, kill, restart, stop.

use crate::account::Account;
use crate::guard::Guard;
use crate::launch::{self, Launch};
use crate::run::output;
use crate::{ClusterError, Options, binaries, processes, template};
use nix::sys::signal::Signal;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;
use tempfile::TempDir;

/// Time to end in order before being killed; a fast shutdown writes one checkpoint.
const STOP: Duration = Duration::from_secs(10);

/// Starts tried when the free port was taken by somebody else in between.
const TRIES: u32 = 5;

/// A running server. Dropping it stops the server and removes its directory.
pub struct Cluster {
    pub(crate) programs: PathBuf,
    pub(crate) account: Account,
    pub(crate) dir: PathBuf,
    port: u16,
    options: Options,
    pub(crate) running: Option<Child>,
    pid: u32,
    guard: Option<Guard>,
}

/// A folder that is the server's account's, and nobody else's: the server trusts whoever reaches its socket.
pub(crate) fn folder(account: &Account, step: &'static str) -> Result<TempDir, ClusterError> {
    let dir = tempfile::Builder::new()
        .prefix("backstop-cluster-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir()
        .map_err(ClusterError::io(step))?;
    account.own(dir.path())?;
    Ok(dir)
}

impl Cluster {
    /// Starts a server with an empty database `postgres` and waits until it answers.
    ///
    /// # Errors
    /// [`ClusterError::Missing`] if PostgreSQL is not installed; otherwise what the
    /// system or the server said.
    pub fn start(options: Options) -> Result<Self, ClusterError> {
        let programs = binaries::available().map_err(ClusterError::Missing)?;
        let account = Account::choose()?;
        let dir = folder(&account, "making the cluster's folder")?;
        let guard = Guard::watch(&account, dir.path(), options.keep)?;
        template::copy_to(&dir.path().join("data"), &account)?;
        let mut cluster = Self {
            programs,
            account,
            dir: dir.keep(),
            port: 0,
            options,
            running: None,
            pid: 0,
            guard: Some(guard),
        };
        for _ in 1..TRIES {
            cluster.port = cluster.options.port.map_or_else(launch::free_port, Ok)?;
            match cluster.launch() {
                Err(ClusterError::Failed { output, .. })
                    if cluster.options.port.is_none() && output.contains("could not bind") => {}
                outcome => return outcome.map(|()| cluster),
            }
        }
        cluster.port = launch::free_port()?;
        cluster.launch()?;
        Ok(cluster)
    }

    /// A server on a data directory that is there.
    pub(crate) fn on(
        programs: PathBuf,
        account: Account,
        dir: PathBuf,
        (port, options): (u16, Options),
        guard: Guard,
    ) -> Result<Self, ClusterError> {
        let mut cluster = Self {
            programs,
            account,
            dir,
            port,
            options,
            running: None,
            pid: 0,
            guard: Some(guard),
        };
        cluster.launch()?;
        Ok(cluster)
    }

    /// The address of a database in it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The port on loopback.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The postmaster's pid, as recorded when it was last started.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The folder of the server's data, socket and log.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.dir
    }

    /// Creates an empty database.
    ///
    /// # Errors
    /// What the server said, for instance that the name is taken.
    pub fn create_database(&self, name: &str) -> Result<(), ClusterError> {
        // Quoted as an identifier, so that any name is only a name.
        self.sql(
            "postgres",
            &format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\"")),
        )
    }

    /// Runs statements as the superuser, each on its own.
    ///
    /// # Errors
    /// What the server said.
    pub fn sql(&self, database: &str, sql: &str) -> Result<(), ClusterError> {
        self.rows(database, sql).map(drop)
    }

    /// Asks as the superuser; a row is a line, its columns joined by `|`.
    ///
    /// # Errors
    /// What the server said.
    pub fn rows(&self, database: &str, sql: &str) -> Result<Vec<String>, ClusterError> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(self.url(database))
            .arg("-c")
            .arg(sql);
        let said = output("running SQL on the cluster", &mut psql)?;
        Ok(said.lines().map(str::to_owned).collect())
    }

    /// Sets a setting for this and every later start, and has the server read it. One that was given at the start
    /// ([`Options::settings`]) stays as it was: a command line comes before any file.
    ///
    /// # Errors
    /// What the server said.
    pub fn set(&self, name: &str, value: &str) -> Result<(), ClusterError> {
        let value = value.replace('\'', "''");
        self.sql("postgres", &format!("ALTER SYSTEM SET {name} = '{value}'"))?;
        self.sql("postgres", "SELECT pg_reload_conf()")
    }

    /// Kills the postmaster and its children at once, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut postmaster) = self.running.take() {
            processes::kill_with_children(&mut postmaster, STOP);
        }
    }

    /// Stops the server in order; it can be started again.
    pub fn pause(&mut self) {
        self.halt();
    }

    /// Starts it again on the same data and port, stopping it first if it runs.
    ///
    /// # Errors
    /// What the server said.
    pub fn restart(&mut self) -> Result<(), ClusterError> {
        self.halt();
        self.launch()
    }

    /// Stops the server in order and removes its folder, unless that is kept. It
    /// cannot be started again.
    pub fn stop(&mut self) {
        self.halt();
        drop(self.guard.take());
    }

    fn halt(&mut self) {
        let Some(mut postmaster) = self.running.take() else {
            return;
        };
        processes::signal(self.pid, Signal::SIGINT);
        if !processes::ended(&mut postmaster, STOP) {
            processes::kill_with_children(&mut postmaster, STOP);
        }
    }

    fn launch(&mut self) -> Result<(), ClusterError> {
        let launch = Launch {
            programs: &self.programs,
            account: &self.account,
            folder: &self.dir,
            port: self.port,
            settings: &self.options.settings,
        };
        let mut postmaster = launch.postmaster()?;
        self.pid = postmaster.id();
        let ready = launch.wait_ready(&mut postmaster);
        self.running = Some(postmaster);
        if ready.is_err() {
            self.halt();
        }
        ready
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}
