//! `backstop watch rules`: offline, on rule files as Prometheus has them.

pub mod check;
pub mod slo;
pub mod test;

use clap::Subcommand;

/// What the command's own help ends with.
pub const HELP: &str = "\
Example:
  backstop watch rules check --strict deploy/rules/*.yml
  backstop watch rules test deploy/rules/tests/*.yml
  backstop watch rules slo deploy/slo.yml --out rules/slo.yml";

/// What to do with rule files.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Reads rule files and names everything that is wrong with them.
    Check(check::Args),
    /// Runs unit tests in promtool's format.
    Test(test::Args),
    /// Makes burn-rate rules of a file of service level objectives.
    Slo(slo::Args),
}

/// Runs one; answers the exit code.
///
/// # Errors
/// When a file cannot be read or written.
pub fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Check(args) => check::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Slo(args) => slo::run(&args),
    }
}
