//! Parses, dispatches, and says what went wrong.

use std::io::Write as _;
use std::process::ExitCode;

use base::config::ProcessEnv;
use base::telemetry::{self, LogFormat};
use clap::{Parser, Subcommand};

use crate::commands::{doctor, drill, list, process, proxy, recover, run};
use base::ended;

/// Injects faults that end on time, whatever becomes of this program.
#[derive(Debug, Parser)]
#[command(
    name = "backstop-chaos",
    version,
    after_help = "\
Exit codes: 0 all went well · 1 something failed · 2 wrong usage · 5 a service can't be reached · 6 refused, nothing \
changed; of run: also 3 the hypothesis did not hold · 7 a rollback failed, look before trying again; of drill: \
also 3 acknowledged writes are lost · 4 it proves nothing

Example:
  backstop-chaos proxy --listen 127.0.0.1:8474 --config toxiproxy.json
  backstop-chaos stop --pid 4711 --for 30s --leases var/leases
  backstop-chaos run experiment.json --leases var/leases"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves a TCP proxy with toxics, over Toxiproxy's HTTP API.
    Proxy(proxy::Args),
    /// Runs an experiment in Chaos Toolkit's format.
    Run(run::Args),
    /// Kills a process by SIGKILL, and starts it again after a time.
    Kill(process::Args),
    /// Stops a process by SIGSTOP, and continues it after a time.
    Stop(process::StopArgs),
    /// Ends a process in order and starts it again at once.
    Restart(process::RestartArgs),
    /// Undoes faults whose time has passed, or whose tool is dead.
    Recover(recover::Args),
    /// Lists the faults that are in force.
    List(list::Args),
    /// Rehearses a whole accident, on servers of its own.
    Drill(drill::Args),
    /// Says which faults this host can inject, by trying each where it harms nobody.
    Doctor(doctor::Args),
}

impl Cli {
    /// Runs the command; the exit code is one of [`base::exit`].
    #[must_use]
    pub fn run(self) -> ExitCode {
        telemetry::init(LogFormat::Text, &ProcessEnv);
        let outcome = match self.command {
            Command::Proxy(args) => proxy::run(&args),
            Command::Run(args) => run::run(&args),
            Command::Kill(args) => process::kill(&args),
            Command::Stop(args) => process::stop(&args),
            Command::Restart(args) => process::restart(&args),
            Command::Recover(args) => recover::run(&args),
            Command::List(args) => list::run(&args),
            Command::Drill(args) => drill::run(&args),
            Command::Doctor(args) => doctor::run(&args),
        };
        let code = outcome.unwrap_or_else(|error| {
            // Nothing is left to tell it to when standard error is closed too.
            drop(writeln!(std::io::stderr(), "backstop-chaos: {error:#}"));
            ended::code(&error)
        });
        ExitCode::from(code)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_every_command_shows_an_example_and_its_exit_codes() {
        let mut cli = Cli::command();
        cli.clone().debug_assert();
        for command in cli.get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            assert!(
                help.contains("Example:") && help.contains("Exit codes:"),
                "{help}"
            );
        }
    }
}
