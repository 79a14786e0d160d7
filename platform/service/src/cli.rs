//! The command line: parses, dispatches, and turns the outcome into an exit code.

use std::future::Future;
use std::io::Write;
use std::pin::Pin;
use std::process::ExitCode;

use base::config::ProcessEnv;
use base::telemetry::{self, LogFormat};
use clap::{Parser, Subcommand};

use crate::commands::{
    account, analytics, check, data_map, eod, failpoints, init, migrate, reconcile, serve, vault,
};

/// The lending service.
#[derive(Parser)]
#[command(
    name = "financing",
    version,
    about = "The lending service: financing for small enterprises.",
    after_help = "Exit codes: 0 all went well · 1 something failed · 2 wrong usage or setting · \
        5 database unreachable · 6 refused, nothing changed · 7 outcome unknown, look before trying again\n\n\
        Example:\n  financing init etc\n  financing migrate --database sqlite:financing.db\n  \
        financing serve --database sqlite:financing.db --keys etc \
        --key-store sqlite:keys/keys.db --tokens etc/tokens.toml --sources http://127.0.0.1:7100"
)]
struct Cli {
    /// How log lines look.
    #[arg(
        long,
        global = true,
        env = "FINANCING_LOG_FORMAT",
        value_enum,
        default_value = "json"
    )]
    log: Log,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Log {
    /// One JSON object per line.
    Json,
    /// For a person at a terminal.
    Text,
}

#[derive(Subcommand)]
enum Command {
    /// Serves HTTP until SIGTERM or SIGINT, then drains.
    Serve(Box<serve::Args>),
    /// Brings the database's schema up to date.
    Migrate(migrate::Args),
    /// Runs the end of one business day; may be killed and run again.
    Eod(eod::Args),
    /// Checks schema, data map, durability settings and gate triggers.
    Check(check::Args),
    /// Brings a restored or promoted database to where it was, as far as recovery journals tell.
    Reconcile(reconcile::Args),
    /// Makes keys, a key store and tokens in a new place; never overwrites.
    Init(init::Args),
    /// Looks after the keys of customer data.
    #[command(subcommand)]
    Vault(vault::Command),
    /// Prints what every column holds, how it is protected and how long it is kept.
    DataMap(data_map::Args),
    /// Gives analytics the generalised view, and nothing else.
    #[command(subcommand)]
    Analytics(analytics::Command),
    /// Makes, lists, disables and resets the accounts of people who sign in.
    Account(Box<account::Args>),
}

pub(crate) use base::ended::stop;

/// Ends the process with a code, for a cause with its own message.
pub(crate) fn because(code: u8, what: &str, cause: &dyn std::error::Error) -> anyhow::Error {
    stop(code, format!("{what}: {cause}"))
}

/// Parses the arguments, runs the command, says what went wrong.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let format = match cli.log {
        Log::Json => LogFormat::Json,
        Log::Text => LogFormat::Text,
    };
    telemetry::init(format, &ProcessEnv);
    // What was asked for and is not in this build is an error of every command; `serve` arms the
    // rest itself, once its keys are open.
    let armed = match &cli.command {
        Command::Serve(_) => Ok(()),
        _ => failpoints::arm(&ProcessEnv).map(drop),
    };
    let outcome = armed.and_then(|()| run(cli.command));
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // Standard error may be closed; the exit code still says it.
            let _closed = writeln!(std::io::stderr(), "financing: {error:#}");
            ExitCode::from(base::ended::code(&error))
        }
    }
}

fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Serve(args) => block_on(serve::run(*args)),
        Command::Migrate(args) => block_on(migrate::run(args)),
        Command::Eod(args) => block_on(eod::run(args)),
        Command::Check(args) => block_on(check::run(args)),
        Command::Reconcile(args) => block_on(reconcile::run(args)),
        Command::Init(args) => block_on(init::run(args)),
        Command::Vault(command) => block_on(vault::run(command)),
        Command::DataMap(args) => data_map::run(&args),
        Command::Analytics(command) => block_on(analytics::run(command)),
        Command::Account(args) => block_on(account::run(*args)),
    }
}

/// Boxed: a runtime compiled anew for each command costs the build more than the box costs the command.
fn block_on(work: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    let work: Pin<Box<dyn Future<Output = anyhow::Result<u8>> + '_>> = Box::pin(work);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
