//! The command line of `cargo xtask`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::workspace::Workspace;
use crate::{bench, dist, rehearse, suite};

/// A check, a test, a bench or the tool itself failed. Bad usage is clap's own 2; `rehearse` hands on the
/// exit code of `backstop rehearse`.
pub(crate) const EXIT_FAILED: u8 = 1;

/// Build, test, rehearse and measure the workspace.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    after_help = "Exit codes: 0 all well; 1 something failed; 2 bad usage; rehearse: those of `backstop rehearse`.\n\n\
                  Examples:\n  cargo xtask rehearse\n  cargo xtask test\n  cargo xtask bench --only reads"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check and test everything; installs the Debian packages that the tests lack, when it may.
    #[command(
        after_help = "Examples:\n  cargo xtask test\n  cargo xtask test --only schedule\n  \
                            cargo xtask test --long --seed 7\n\n\
                            With CI=true a skipped test fails the run."
    )]
    Test(TestArgs),
    /// Build the release binaries and rehearse the emergency plan: what `backstop rehearse` does.
    #[command(after_help = "Examples:\n  cargo xtask rehearse --quick\n  \
                            cargo xtask rehearse --store postgres --out out/postgres\n\n\
                            Everything but --out is handed to `backstop rehearse`; its --help lists the rest.")]
    Rehearse(RehearseArgs),
    /// Measure against peers, as ratios within one run; writes target/bench/report.json.
    #[command(
        after_help = "Examples:\n  cargo xtask bench\n  cargo xtask bench --only reads --repeats 5\n  \
                            cargo xtask bench --quick"
    )]
    Bench(BenchArgs),
    /// Build release binaries into target/dist with their SHA-256 and the build's timings.
    #[command(after_help = "Examples:\n  cargo xtask dist\n  cargo xtask dist --cold")]
    Dist(DistArgs),
}

#[derive(Args)]
pub(crate) struct TestArgs {
    /// Run the long tests in full and write target/long-report.json.
    #[arg(long)]
    pub(crate) long: bool,
    /// Run only the tests whose name contains this, and none of the other checks.
    #[arg(long, value_name = "FILTER")]
    pub(crate) only: Option<String>,
    /// Seed of the long tests [default: a fresh one, printed].
    #[arg(long)]
    pub(crate) seed: Option<u64>,
}

#[derive(Args)]
pub(crate) struct RehearseArgs {
    /// Folder for the report [default: out/rehearsal in the workspace].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Handed to `backstop rehearse` as they are.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    pub(crate) rest: Vec<String>,
}

#[derive(Args)]
pub(crate) struct BenchArgs {
    /// Run only the benches whose name contains this.
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Option<String>,
    /// Interleaved repeats of ours and the peer's: three is the least that shows a spread.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(3..=50))]
    pub(crate) repeats: u32,
    /// Short runs on small data, to see that the benches work; the report is marked so.
    #[arg(long)]
    pub(crate) quick: bool,
}

#[derive(Args)]
pub(crate) struct DistArgs {
    /// Build from nothing in a target folder of its own, so that the seconds are those of a cold build.
    #[arg(long)]
    pub(crate) cold: bool,
}

/// Parses the command line and runs the command.
pub(crate) fn dispatch() -> Result<ExitCode> {
    let cli = Cli::parse();
    let workspace = Workspace::load()?;
    match cli.command {
        Command::Test(args) => suite::run(&workspace, &args),
        Command::Rehearse(args) => rehearse::run(&workspace, &args),
        Command::Bench(args) => bench::run(&workspace, &args),
        Command::Dist(args) => dist::run(&workspace, &args),
    }
}
