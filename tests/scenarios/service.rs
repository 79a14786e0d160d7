//! `financing serve` as a process that is started, killed and started again.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::binaries::shipped;
use crate::place::Place;
use crate::process::Process;
use crate::standin::Standin;

/// What is particular about one instance of several.
#[derive(Default)]
pub(crate) struct Particular {
    /// Another address of the database than its own.
    pub(crate) database: Option<String>,
    /// The file that its clock follows; only a build for tests knows one.
    pub(crate) clock: Option<PathBuf>,
    /// Its recovery journal; begun where there is none.
    pub(crate) journal: Option<PathBuf>,
    /// Another evidence key, and the anchor file that belongs to it.
    pub(crate) evidence: Option<(PathBuf, PathBuf)>,
}

/// How a service is started.
pub(crate) struct Service {
    binary: PathBuf,
    failpoints: String,
    particular: Particular,
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
        Self::of(place, standin, (binary, failpoints), Particular::default())
    }

    /// One that is not as the others are.
    pub(crate) fn of(
        place: &Place,
        standin: &Standin,
        (binary, failpoints): (&Path, &str),
        particular: Particular,
    ) -> Self {
        let port = free_port();
        let sources = standin.base.clone();
        let mut command = particular.command(place, (binary, failpoints), port, &sources);
        let (process, start) = launch(place, &mut command);
        Self {
            binary: binary.to_owned(),
            failpoints: failpoints.to_owned(),
            particular,
            port,
            sources,
            base: format!("http://127.0.0.1:{port}"),
            process,
            start,
        }
    }

    /// Starts it again on the same port, after it ended.
    pub(crate) fn again(&mut self, place: &Place) {
        let executable = (&*self.binary, &*self.failpoints);
        let mut command = self
            .particular
            .command(place, executable, self.port, &self.sources);
        (self.process, self.start) = launch(place, &mut command);
    }

    /// What is particular about it from the next start on.
    pub(crate) fn particular(&mut self) -> &mut Particular {
        &mut self.particular
    }

    /// From the next start on, the shipped executable without planted bugs.
    pub(crate) fn cure(&mut self) {
        self.binary = shipped("financing");
        self.failpoints.clear();
    }
}

impl Particular {
    fn command(
        &self,
        place: &Place,
        (binary, failpoints): (&Path, &str),
        port: u16,
        sources: &str,
    ) -> Command {
        let database = self.database.as_ref().unwrap_or(&place.url);
        let anchors = self.evidence.as_ref().map(|(_, anchors)| &**anchors);
        let mut command = serving(place, (database, anchors), (binary, failpoints), port, sources);
        if let Some((key, _)) = &self.evidence {
            command.arg("--evidence-key").arg(key);
        }
        if let Some(clock) = &self.clock {
            command.env("FINANCING_CLOCK", clock);
        }
        if let Some(journal) = &self.journal {
            command.arg("--recovery-journal").arg(journal);
            if !journal.exists() {
                command.arg("--begin-recovery-journal");
            }
        }
        command
    }
}

/// The command that serves; also for a tracer to run.
pub(crate) fn command(place: &Place, binary: &Path, failpoints: &str, port: u16, sources: &str) -> Command {
    serving(place, (&place.url, None), (binary, failpoints), port, sources)
}

fn serving(
    place: &Place,
    (database, anchors): (&str, Option<&Path>),
    (binary, failpoints): (&Path, &str),
    port: u16,
    sources: &str,
) -> Command {
    let mut command = Command::new(binary);
    command
        .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
        .args(["--database", database])
        .args(["--sources", sources])
        .arg("--keys")
        .arg(place.path("etc"))
        .args(["--key-store", &place.key_store()])
        .arg("--tokens")
        .arg(place.path("etc/tokens.toml"))
        .arg("--access-key")
        .arg(place.path("etc/access.key"))
        .arg("--anchor-file")
        .arg(anchors.map_or_else(|| place.path("anchors.jsonl"), Path::to_owned))
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
