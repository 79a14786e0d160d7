//! One child process: started tethered, its output in a file, ended by its recorded pid.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child as Process, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How often a child is looked at while it starts or ends.
const LOOK: Duration = Duration::from_millis(10);

/// How long a child that is dropped may take to end in order before it is
/// killed: an interrupted rehearsal should be over at once, not tidy.
const DROPPED: Duration = Duration::from_secs(2);

/// Settings of a real plane that may be in an operator's shell, and that no flag of a rehearsal overrides.
const NOT_THEIRS: &[&str] = &[
    "BACKSTOP_ANCHOR_URLS",
    "BACKSTOP_TLS_CERTIFICATE",
    "BACKSTOP_TLS_KEY",
    "BACKSTOP_ALLOW_PLAIN_HTTP",
    "BACKSTOP_RATE_ADDRESS",
    "FINANCING_ANCHOR_URLS",
    "FINANCING_TLS_CERTIFICATE",
    "FINANCING_TLS_KEY",
    "FINANCING_CLIENT_CA",
    "FINANCING_CLIENT_CERTIFICATE_OPTIONAL",
    "FINANCING_CERTIFICATES",
    "FINANCING_ALLOW_PLAIN_HTTP",
    "FINANCING_BEHIND_TLS",
    "FINANCING_RATE_PRINCIPAL",
    "FINANCING_RATE_ADDRESS",
    "FINANCING_NOTICE",
    "FINANCING_READERS",
];

/// Bytes of a log that an error shows.
const TAIL: usize = 2_000;

/// What a child did, or failed to do; its text holds the end of the child's log.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChildError {
    /// It ended although it was needed, or otherwise than in order.
    #[error("{name} ended with {status}{tail}")]
    Ended {
        name: &'static str,
        status: ExitStatus,
        tail: String,
    },
    /// It started and never said that it is ready.
    #[error("{name} is not ready after {seconds} s{tail}")]
    NotReady {
        name: &'static str,
        seconds: u64,
        tail: String,
    },
    /// It was told to end and did not.
    #[error("{name} does not end within {seconds} s{tail}")]
    Stuck {
        name: &'static str,
        seconds: u64,
        tail: String,
    },
}

/// A running child. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Child {
    name: &'static str,
    process: Process,
    log: PathBuf,
}

impl Child {
    /// Starts a program through the tether. Its output is appended to `LOGS/NAME.log`.
    pub(super) fn start(
        name: &'static str,
        tether: &Path,
        program: &Path,
        args: &[impl AsRef<OsStr>],
        logs: &Path,
    ) -> anyhow::Result<Self> {
        let log = logs.join(format!("{name}.log"));
        let failed = || format!("failed to start {name}");
        let out = File::options()
            .append(true)
            .create(true)
            .open(&log)
            .with_context(failed)?;
        let err = out.try_clone().with_context(failed)?;
        let mut command = Command::new(tether);
        for name in NOT_THEIRS {
            command.env_remove(name);
        }
        let process = command
            // A terminal's Ctrl-C reaches the rehearsal alone, which ends its children in order.
            .process_group(0)
            .arg("tether")
            .arg(std::process::id().to_string())
            .arg(program)
            .args(args)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .with_context(failed)?;
        Ok(Self { name, process, log })
    }

    /// Fails when the child has ended, with the end of its log.
    pub(super) fn must_run(&mut self) -> anyhow::Result<()> {
        match self.process.try_wait()? {
            None => Ok(()),
            Some(status) => Err(self.ended_too_soon(status)),
        }
    }

    /// Waits until a file appears that the child writes when it is ready, and reads it.
    pub(super) async fn ready(&mut self, file: &Path, within: Duration) -> anyhow::Result<String> {
        let deadline = Instant::now() + within;
        loop {
            self.must_run()?;
            match std::fs::read_to_string(file) {
                Ok(text) if text.ends_with('\n') => return Ok(text.trim().to_owned()),
                _ if Instant::now() >= deadline => {
                    let not_ready = ChildError::NotReady {
                        name: self.name,
                        seconds: within.as_secs(),
                        tail: self.tail(),
                    };
                    return Err(not_ready.into());
                }
                _ => tokio::time::sleep(LOOK).await,
            }
        }
    }

    /// Waits for the child's own end; its failure is an error.
    pub(super) async fn finish(&mut self, within: Duration) -> anyhow::Result<()> {
        let Some(status) = self.end_within(within).await? else {
            let stuck = ChildError::Stuck {
                name: self.name,
                seconds: within.as_secs(),
                tail: self.tail(),
            };
            return Err(stuck.into());
        };
        if !status.success() {
            return Err(self.ended_too_soon(status));
        }
        Ok(())
    }

    /// Asks the child to end in order (SIGTERM) and waits; its failure is an error.
    pub(super) async fn stop(&mut self, within: Duration) -> anyhow::Result<()> {
        self.must_run()?;
        self.signal(Signal::SIGTERM);
        self.finish(within).await
    }

    /// Kills the child (SIGKILL) and waits until it is gone.
    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        self.process
            .kill()
            .with_context(|| format!("failed to kill {}", self.name))?;
        self.process.wait()?;
        Ok(())
    }

    async fn end_within(&mut self, within: Duration) -> anyhow::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.process.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn signal(&self, signal: Signal) {
        // A pid that was not waited for yet is still ours, so this can't reach a stranger.
        if let Ok(pid) = i32::try_from(self.process.id()) {
            let _gone = kill(Pid::from_raw(pid), signal);
        }
    }

    fn ended_too_soon(&self, status: ExitStatus) -> anyhow::Error {
        let ended = ChildError::Ended {
            name: self.name,
            status,
            tail: self.tail(),
        };
        ended.into()
    }

    /// The end of the child's log, for an error's text.
    fn tail(&self) -> String {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let tail = String::from_utf8_lossy(&log[log.len().saturating_sub(TAIL)..])
            .trim()
            .to_owned();
        if tail.is_empty() {
            String::new()
        } else {
            format!("; its log ends with:\n{tail}")
        }
    }

    /// Ends the child whatever state it is in: asked first, and killed when it
    /// takes longer. Does nothing when it has ended.
    pub(super) fn put_down(&mut self, within: Duration) {
        if !matches!(self.process.try_wait(), Ok(None)) {
            return;
        }
        self.signal(Signal::SIGTERM);
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(LOOK);
        }
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.put_down(DROPPED);
    }
}
