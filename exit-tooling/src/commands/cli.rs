//! Parses, dispatches, and says what went wrong.

use std::io::Write as _;
use std::process::ExitCode;

use base::config::ProcessEnv;
use base::telemetry::{self, LogFormat};
use clap::{Parser, Subcommand};

use crate::commands::{eligible, plan, run, status};
use base::ended;

/// Lets customers leave: plans whose data goes and what law keeps, carries it out on approval, and says what was done.
#[derive(Debug, Parser)]
#[command(
    name = "backstop-exit",
    version,
    after_help = "\
Exit codes: 0 all went well · 1 something failed, run it again · 2 wrong usage · 4 nothing can leave · 5 a database \
can't be reached · 6 refused, nothing changed · 7 the outcome of a step is unknown, look before trying again

Example:
  backstop-exit eligible --database sqlite:financing.db
  backstop-exit plan --firm frm_… --database sqlite:financing.db --rules retention.toml --no-holds --planner ada \
    --out exit
  backstop-exit run --plan exit/plan.json --help"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists customers who could leave: nothing of theirs is open.
    Eligible(eligible::Args),
    /// Says who leaves with how many rows under which rules, and who stays and why.
    Plan(plan::Args),
    /// Carries out a plan that two people besides its planner approved.
    Run(run::Args),
    /// Says how far an exit is.
    Status(status::Args),
}

impl Cli {
    /// Runs the command; the exit code is one of [`base::exit`].
    #[must_use]
    pub fn run(self) -> ExitCode {
        telemetry::init(LogFormat::Text, &ProcessEnv);
        let outcome = match tokio::runtime::Runtime::new() {
            Ok(runtime) => runtime.block_on(async {
                match self.command {
                    Command::Eligible(args) => eligible::run(args).await,
                    Command::Plan(args) => plan::run(args).await,
                    Command::Run(args) => run::run(args).await,
                    Command::Status(args) => status::run(args).await,
                }
            }),
            Err(error) => Err(error.into()),
        };
        let code = outcome.unwrap_or_else(|error| {
            // Nothing is left to tell it to when standard error is closed too.
            drop(writeln!(std::io::stderr(), "backstop-exit: {error:#}"));
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
