//! One running server: start, use, kill, restart, stop.

use crate::account::Account;
use crate::guard::Guard;
use crate::run::{run, tail};
use crate::{ClusterError, Options, binaries, processes, template};
use nix::sys::signal::Signal;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Time to get ready: recovery after a kill on a busy machine takes some seconds.
const READY: Duration = Duration::from_secs(60);

/// Time to end in order before being killed; a fast shutdown writes one checkpoint.
const STOP: Duration = Duration::from_secs(10);

/// Starts tried when the free port was taken by somebody else in between.
const TRIES: u32 = 5;

/// A running server. Dropping it stops the server and removes its directory.
pub struct Cluster {
    programs: PathBuf,
    account: Account,
    dir: PathBuf,
    port: u16,
    options: Options,
    running: Option<Running>,
    pid: u32,
}

struct Running {
    postmaster: Child,
    guard: Guard,
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
        let dir = tempfile::Builder::new()
            .prefix("backstop-cluster-")
            .tempdir()
            .map_err(ClusterError::io("making the cluster's folder"))?;
        account.own(dir.path())?;
        template::copy_to(&dir.path().join("data"), &account)?;
        let mut cluster = Self {
            programs,
            account,
            dir: dir.keep(),
            port: 0,
            options,
            running: None,
            pid: 0,
        };
        for _ in 1..TRIES {
            cluster.port = cluster.options.port.map_or_else(free_port, Ok)?;
            match cluster.launch() {
                Err(ClusterError::Failed { output, .. })
                    if cluster.options.port.is_none() && output.contains("could not bind") => {}
                outcome => return outcome.map(|()| cluster),
            }
        }
        cluster.port = free_port()?;
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
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(self.url(database))
            .arg("-c")
            .arg(sql);
        run("running SQL on the cluster", &mut psql)
    }

    /// Kills the postmaster and its children at once, as a power cut would.
    pub fn kill(&mut self) {
        let Some(mut running) = self.running.take() else {
            return;
        };
        running.guard.dismiss();
        end(&mut running.postmaster, self.pid);
    }

    /// Starts it again on the same data and port, stopping it first if it runs.
    ///
    /// # Errors
    /// What the server said.
    pub fn restart(&mut self) -> Result<(), ClusterError> {
        self.halt();
        self.launch()
    }

    /// Stops the server in order and removes its folder, unless that is kept.
    pub fn stop(&mut self) {
        self.halt();
        if !self.options.keep {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }

    fn halt(&mut self) {
        let Some(mut running) = self.running.take() else {
            return;
        };
        running.guard.dismiss();
        processes::signal(self.pid, Signal::SIGINT);
        if !ended(&mut running.postmaster, STOP) {
            end(&mut running.postmaster, self.pid);
        }
    }

    fn launch(&mut self) -> Result<(), ClusterError> {
        let log = self.dir.join("log");
        let file = std::fs::File::create(&log).map_err(ClusterError::io("making the server's log"))?;
        let mut command = Command::new(self.programs.join("postgres"));
        command
            .arg("-D")
            .arg(self.dir.join("data"))
            .current_dir(&self.dir);
        for (name, value) in self.settings() {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let errors = file
            .try_clone()
            .map_err(ClusterError::io("sharing the server's log"))?;
        command.stdin(Stdio::null()).stdout(file).stderr(errors);
        let mut postmaster = self
            .account
            .apply(&mut command)
            .spawn()
            .map_err(ClusterError::io("starting the server"))?;
        self.pid = postmaster.id();
        let guard = match Guard::watch(&self.account, self.pid, &self.dir, self.options.keep) {
            Ok(guard) => guard,
            Err(error) => {
                end(&mut postmaster, self.pid);
                return Err(error);
            }
        };
        self.running = Some(Running { postmaster, guard });
        self.wait_ready(&log)
    }

    fn settings(&self) -> Vec<(String, String)> {
        let socket = self.dir.display().to_string();
        let usual = [
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", self.port.to_string()),
            ("unix_socket_directories", socket),
            // The server's own default, named because the pools are sized for it.
            ("max_connections", "100".to_owned()),
            ("fsync", "on".to_owned()),
        ];
        let usual = usual.into_iter().map(|(name, value)| (name.to_owned(), value));
        let asked = self
            .options
            .settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        usual.chain(asked).collect()
    }

    fn wait_ready(&mut self, log: &Path) -> Result<(), ClusterError> {
        let deadline = Instant::now() + READY;
        let port = self.port.to_string();
        loop {
            let mut ask = Command::new(self.programs.join("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-p", &port]);
            if run("asking whether the server is ready", &mut ask).is_ok() {
                return Ok(());
            }
            let exited = self
                .running
                .as_mut()
                .is_none_or(|running| ended(&mut running.postmaster, Duration::ZERO));
            if exited || Instant::now() >= deadline {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                self.halt();
                return Err(ClusterError::failed("starting the server", tail(&said)));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Kills a postmaster and its children, and waits until none holds its memory.
fn end(postmaster: &mut Child, pid: u32) {
    let mut all = processes::children(pid);
    all.insert(0, pid);
    for pid in &all {
        processes::signal(*pid, Signal::SIGKILL);
    }
    let _ = postmaster.wait();
    processes::gone(&all, STOP);
}

fn ended(child: &mut Child, within: Duration) -> bool {
    let deadline = Instant::now() + within;
    loop {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn free_port() -> Result<u16, ClusterError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(ClusterError::io("finding a port"))?;
    Ok(listener
        .local_addr()
        .map_err(ClusterError::io("finding a port"))?
        .port())
}
