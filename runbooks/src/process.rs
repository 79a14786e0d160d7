//! Real commands: this program again, as a process of its own, without a shell and with a bare environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

use crate::hands::{Exit, Order};

/// Bytes that are read of what a command prints; the rest is thrown away while it runs on.
const OUTPUT: u64 = 64 * 1024;
/// Where a command finds other programs: the directories of a plain system.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Runs our own commands.
#[derive(Debug, Clone)]
pub struct Process {
    /// The program that stands for the word `backstop`.
    program: PathBuf,
    /// Words that come before a command's own.
    before: Vec<OsString>,
    /// The environment, besides `PATH`.
    environment: BTreeMap<String, String>,
}

impl Process {
    /// `program` is run for `backstop`; `environment` is all that it gets besides `PATH`, such as a token.
    #[must_use]
    pub fn new(program: PathBuf, environment: BTreeMap<String, String>) -> Self {
        Self {
            program,
            before: Vec::new(),
            environment,
        }
    }

    /// With these words before each command's own: of a program that becomes the one that they name.
    #[must_use]
    pub fn through(mut self, before: Vec<OsString>) -> Self {
        self.before = before;
        self
    }

    /// Runs a command to its end or for its time. Whoever drops this ends the command.
    pub async fn run(&self, order: &Order) -> Exit {
        let words = match order.argv.split_first() {
            Some((first, words)) if first == "backstop" => words,
            _ => return Exit::NotStarted("only our own commands are run".to_owned()),
        };
        let child = Command::new(&self.program)
            .args(&self.before)
            .args(words)
            .env_clear()
            .env("PATH", PATH)
            .envs(&self.environment)
            // Nobody is there to type: what asks for a password fails instead of waiting.
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A Ctrl-C is for the run, which pauses when the command has ended.
            .process_group(0)
            .kill_on_drop(true)
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(error) => return Exit::NotStarted(error.kind().to_string()),
        };
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let all = async { tokio::join!(read(stdout), read(stderr), child.wait()) };
        match tokio::time::timeout(order.timeout, all).await {
            Err(_) => Exit::Lost("it took too long and was ended".to_owned()),
            Ok((_, _, Err(error))) => Exit::Lost(error.kind().to_string()),
            Ok((stdout, stderr, Ok(status))) => match status.code() {
                Some(code) => Exit::Code { code, stdout, stderr },
                None => Exit::Lost("it was ended by a signal".to_owned()),
            },
        }
    }
}

async fn read(from: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut from) = from {
        // What cannot be read is missing from a text for people; the exit code says what became of it.
        let _ = (&mut from).take(OUTPUT).read_to_end(&mut bytes).await;
        let _ = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
