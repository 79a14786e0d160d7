//! `backstop runbook`: the pages that this program brings along, and pages of one's own. [`list`] and [`check`] are one
//! command each, both offline; `read` gets the pages.

pub mod check;
pub mod list;
mod read;

use clap::Subcommand;

/// What the command's own help ends with.
pub const HELP: &str = "\
Example:
  backstop runbook list
  backstop runbook check pages/*.md --rules deploy/rules/*.yml";

/// What to do with runbooks.
#[derive(Debug, Subcommand)]
#[command(after_help = HELP)]
pub enum Command {
    /// Lists runbooks: what they are for, and which alerts they answer.
    List(list::Args),
    /// Compiles runbooks, and holds them against the alerts.
    Check(check::Args),
}

/// Runs one; answers the exit code.
///
/// # Errors
/// When a file cannot be read, or standard output is gone.
pub fn run(command: &Command) -> anyhow::Result<u8> {
    match command {
        Command::List(args) => list::run(args),
        Command::Check(args) => check::run(args),
    }
}
