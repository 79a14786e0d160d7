//! The commands that build, check, rehearse and measure the workspace.
//!
//! `args` is the command line. `workspace`, `environment`, `process` and `steps` are what every command stands
//! on. `arrows`, `features`, `licences`, `links` and `words` are rules that are read off the source rather than run;
//! `suite` is `xtask test`; `rehearse`, `dist` and `bench` are the other three commands. This crate
//! stays light on purpose: it is compiled before the first useful line appears on a fresh machine.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command at a terminal; there is no log to write to"
)]

mod args;
mod arrows;
mod bench;
mod dist;
mod environment;
mod features;
mod licences;
mod links;
mod process;
mod rehearse;
mod steps;
mod suite;
mod words;
mod workspace;

use std::process::ExitCode;

fn main() -> ExitCode {
    match args::dispatch() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(args::EXIT_FAILED)
        }
    }
}
