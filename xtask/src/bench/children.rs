//! Starts what is measured, waits until it serves, and ends it by its own id.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::bench::{Context, http};
use crate::process;

/// A child that is not ready by then never will be: the slowest, PostgreSQL's `initdb`, takes seconds.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long a child may take to end; `financing` drains for 10 s at most.
const END_WITHIN: Duration = Duration::from_secs(15);
/// How often readiness is looked at: the start is measured in whole milliseconds.
const LOOK: Duration = Duration::from_millis(1);

/// A running child that is ended when this goes out of scope.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to the first 200 of its readiness.
    pub(crate) ready_after: Duration,
}

/// The lending service with its stand-in sources, in a folder of its own.
pub(crate) struct Service {
    pub(crate) folder: PathBuf,
    pub(crate) financing: Running,
    pub(crate) standin: Running,
}

impl Running {
    /// Starts a command that writes its address to `ready`, and waits until `probe` answers 200 there.
    pub(crate) fn start(command: &mut Command, ready: &Path, probe: Option<&str>) -> Result<Self> {
        if ready.exists() {
            fs::remove_file(ready).context("failed to remove an old ready file")?;
        }
        let log = fs::File::create(ready.with_extension("log")).context("failed to make the child's log")?;
        let started = Instant::now();
        // Standard input stays open as long as this lives: the peers end when it closes.
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        let mut child = command
            .spawn()
            .with_context(|| format!("failed to start {command:?}"))?;
        loop {
            let address = fs::read_to_string(ready)
                .ok()
                .and_then(|text| text.trim().parse().ok());
            if let Some(address) = address
                && probe.is_none_or(|path| http::get(address, path, None).is_some())
            {
                return Ok(Self {
                    child,
                    address,
                    ready_after: started.elapsed(),
                });
            }
            if let Some(status) = child.try_wait()? {
                bail!(
                    "{command:?} ended with {status}; see {}",
                    ready.with_extension("log").display()
                );
            }
            if started.elapsed() > READY_WITHIN {
                process::stop(&mut child, END_WITHIN)?;
                bail!("{command:?} was not ready within {} s", READY_WITHIN.as_secs());
            }
            thread::sleep(LOOK);
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Resident memory now and at its highest, in MB (10^6 bytes).
    pub(crate) fn resident(&self) -> Result<(f64, f64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let megabytes = |key: &str| -> Result<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let kibibytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
            Ok(kibibytes.with_context(|| format!("/proc has no {key}"))? * 1024.0 / 1e6)
        };
        Ok((megabytes("VmRSS:")?, megabytes("VmHWM:")?))
    }

    /// Seconds of processor, its own and the system's for it, since its start.
    pub(crate) fn processor(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks: Vec<f64> = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse().ok())
            .collect();
        anyhow::ensure!(ticks.len() == 2, "/proc has no processor time");
        // A tick is a hundredth of a second in the Linux ABI.
        Ok(ticks.iter().sum::<f64>() / 100.0)
    }

    /// Asks it to end and waits.
    pub(crate) fn end(&mut self) -> Result<()> {
        drop(self.child.stdin.take());
        process::stop(&mut self.child, END_WITHIN).map(drop)
    }

    /// The same, for the last time.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.end()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.end());
        }
    }
}

impl Service {
    /// Prepares a folder (keys, tokens, schema), then starts the stand-in and the service on the database.
    pub(crate) fn start(context: &Context<'_>, folder: &Path, database: &str, pin: &[&str]) -> Result<Self> {
        let financing = context.binary("financing");
        let run = |arguments: &[&str]| {
            process::capture(Command::new(&financing).args(arguments).current_dir(folder)).map(drop)
        };
        if !folder.join("etc").exists() {
            run(&["init", "etc"])?;
        }
        run(&["migrate", "--database", database])?;
        let ready = folder.join("standin.ready");
        let mut standin = Command::new(context.binary("financing-standin"));
        standin
            .args(["--listen", "127.0.0.1:0", "--seed", "1", "--ready-file"])
            .arg(&ready);
        let standin = Running::start(&mut standin, &ready, None)?;
        let running = serve(&financing, folder, database, &standin.url(), pin)?;
        Ok(Self {
            folder: folder.to_owned(),
            financing: running,
            standin,
        })
    }

    /// Where the clients' tokens are.
    pub(crate) fn tokens(&self) -> PathBuf {
        self.folder.join("etc/tokens.json")
    }

    /// Ends both.
    pub(crate) fn stop(self) -> Result<()> {
        self.financing.stop()?;
        self.standin.stop()
    }
}

/// Starts `financing serve` in a prepared folder.
pub(crate) fn serve(
    financing: &Path,
    folder: &Path,
    database: &str,
    sources: &str,
    pin: &[&str],
) -> Result<Running> {
    let ready = folder.join("financing.ready");
    let mut command = pinned(financing, pin);
    command.args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--keys",
        "etc",
        "--key-store",
        "sqlite:keys/keys.db",
        "--tokens",
        "etc/tokens.toml",
    ]);
    command
        .args(["--database", database, "--sources", sources, "--ready-file"])
        .arg(&ready)
        .current_dir(folder);
    Running::start(&mut command, &ready, Some("/readyz"))
}

/// The program, or `taskset` before it. `taskset` replaces itself, so the child's id stays the program's.
pub(crate) fn pinned(program: &Path, pin: &[&str]) -> Command {
    match pin {
        [] => Command::new(program),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
    }
}
