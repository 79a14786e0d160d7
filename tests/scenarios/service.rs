//! `financing serve` as a process that is started, killed and started again.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::binaries::shipped;
use crate::place::Place;
use crate::process::Process;
use crate::standin::Standin;

/// How a service is started.
pub(crate) struct Service {
    binary: PathBuf,
    failpoints: String,
    port: u16,
    sources: String,
    /// Where it is reached, over all its lives.
    pub(crate) base: String,
    pub(crate) process: Process,
    /// How long the present life took from start to ready.
    pub(crate) start: Duration,
}

impl Service {
    /// The shipped executable.
    pub(crate) fn start(place: &Place, standin: &Standin) -> Self {
        Self::with(place, standin, &shipped("financing"), "")
    }

    /// Another executable, with planted bugs.
    pub(crate) fn with(place: &Place, standin: &Standin, binary: &Path, failpoints: &str) -> Self {
        let port = free_port();
        let sources = standin.base.clone();
        let mut command = command(place, binary, failpoints, port, &sources);
        let (process, start) = launch(place, &mut command);
        Self {
            binary: binary.to_owned(),
            failpoints: failpoints.to_owned(),
            port,
            sources,
            base: format!("http://127.0.0.1:{port}"),
            process,
            start,
        }
    }

    /// Starts it again on the same port, after it ended.
    pub(crate) fn again(&mut self, place: &Place) {
        let mut command = command(place, &self.binary, &self.failpoints, self.port, &self.sources);
        (self.process, self.start) = launch(place, &mut command);
    }

    /// From the next start on, the shipped executable without planted bugs.
    pub(crate) fn cure(&mut self) {
        self.binary = shipped("financing");
        self.failpoints.clear();
    }
}

/// The command that serves; also for a tracer to run.
pub(crate) fn command(place: &Place, binary: &Path, failpoints: &str, port: u16, sources: &str) -> Command {
    let mut command = Command::new(binary);
    command
        .args([
            "serve",
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--database",
            &place.url,
        ])
        .args(["--sources", sources])
        .arg("--keys")
        .arg(place.path("etc"))
        .args(["--key-store", &place.key_store()])
        .arg("--tokens")
        .arg(place.path("etc/tokens.toml"))
        .arg("--access-key")
        .arg(place.path("etc/access.key"))
        .arg("--anchor-file")
        .arg(place.path("anchors.jsonl"))
        .arg("--ready-file")
        .arg(place.path("financing.ready"))
        .env("BACKSTOP_FAILPOINTS", failpoints);
    command
}

/// Starts a command that serves, and waits until it is ready.
pub(crate) fn launch(place: &Place, command: &mut Command) -> (Process, Duration) {
    let ready = place.path("financing.ready");
    // A killed service leaves its file behind.
    let _absent = std::fs::remove_file(&ready);
    let begun = Instant::now();
    let mut process = Process::start(command, &place.path("financing.log"));
    process.announced(&ready);
    (process, begun.elapsed())
}

/// A port that was free a moment ago; the service keeps it over its lives.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
