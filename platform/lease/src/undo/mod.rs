//! The kinds of undo. Each is idempotent, ends within a bounded time, and says that it is done only after it has looked.

mod end;
mod proxy;
mod run;
mod start;
mod wait;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::folder::Folder;
use crate::process::{Process, Signal};
use crate::record::Record;

pub use start::Program;

/// How a fault is undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Undo {
    /// Continues a stopped process.
    Resume {
        /// Which one.
        process: Process,
    },
    /// Ends a process that the fault started.
    End {
        /// Which one.
        process: Process,
    },
    /// Starts a program again, once the process that ran it has ended.
    Start {
        /// The process that ran it: while it lives there is nothing to start.
        ended: Process,
        /// What is started.
        program: Program,
    },
    /// Removes a toxic from a proxy.
    RemoveToxic {
        /// `HOST:PORT` of the proxy's HTTP API.
        api: String,
        /// The proxy's name.
        proxy: String,
        /// The toxic's name.
        toxic: String,
    },
    /// Removes every toxic of a proxy, and opens or closes it as it was.
    RestoreProxy {
        /// `HOST:PORT` of the proxy's HTTP API.
        api: String,
        /// The proxy's name.
        proxy: String,
        /// Whether it took connections before.
        enabled: bool,
    },
    /// Runs a program that undoes it, which must be idempotent itself.
    Run {
        /// The program and its arguments; no shell reads them.
        argv: Vec<String>,
        /// A program that ends with 0 only if the fault is gone. Without one, the first one's exit code counts.
        check: Option<Vec<String>>,
        /// How long each may take, at most 30.
        seconds: u64,
    },
}

/// Who undid it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// We did.
    Now,
    /// It was undone already.
    Before,
}

/// Undoes it and looks whether that worked. The text says what a person should know.
pub(crate) fn carry_out(record: &Record, folder: &Folder) -> Result<(), String> {
    match &record.undo {
        Undo::Resume { process } => resume(process),
        Undo::End { process } => end::end(process),
        Undo::Start { ended, program } => start::start(ended, program, &record.id, folder),
        Undo::RemoveToxic { api, proxy, toxic } => proxy::remove_toxic(api, proxy, toxic),
        Undo::RestoreProxy { api, proxy, enabled } => proxy::restore(api, proxy, *enabled),
        Undo::Run { argv, check, seconds } => run::run(argv, check.as_deref(), *seconds),
    }
}

/// One that has ended is not stopped any more either.
fn resume(process: &Process) -> Result<(), String> {
    let text = |error: std::io::Error| format!("{process}: {error}");
    let Some(handle) = process.open().map_err(text)? else {
        return Ok(());
    };
    handle.signal(Signal::CONT).map_err(text)?;
    wait::until(|| Ok(!process.is_stopped()?))
        .map_err(text)?
        .then_some(())
        .ok_or_else(|| format!("{process} is still stopped"))
}

impl fmt::Display for Undo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resume { process } => write!(f, "continue {process}"),
            Self::End { process } => write!(f, "end {process}"),
            // Its environment may hold secrets.
            Self::Start { program, .. } => write!(f, "start {}", program.argv.join(" ")),
            Self::RemoveToxic { api, proxy, toxic } => {
                write!(f, "remove toxic {toxic} of proxy {proxy} at {api}")
            }
            Self::RestoreProxy { api, proxy, .. } => write!(f, "restore proxy {proxy} at {api}"),
            Self::Run { argv, .. } => write!(f, "run {}", argv.join(" ")),
        }
    }
}
