//! `backstop chaos …` is `backstop-chaos …`, a program of its own: what pages people must not link what injects faults.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::Context as _;
use base::exit;

use crate::ended::stop;

/// The sibling's name.
const NAME: &str = "backstop-chaos";

/// Injects faults that end: a TCP proxy, process faults, experiments.
#[derive(Debug, clap::Args)]
#[command(
    disable_help_flag = true,
    after_help = "\
Everything after `chaos` is given to `backstop-chaos`, which is found beside this program; its exit code is this one's.

Example:
  backstop chaos proxy --listen 127.0.0.1:8474
  backstop chaos --help"
)]
pub struct Args {
    /// What `backstop-chaos` is asked to do.
    #[arg(value_name = "ARGUMENTS", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Becomes the sibling, so that signals and exit codes are its own.
///
/// # Errors
/// It is not there, or cannot be run.
pub fn run(args: &Args) -> anyhow::Result<u8> {
    let own = std::env::current_exe().context("failed to find this executable")?;
    let path = own.with_file_name(NAME);
    if !path.is_file() {
        let text = format!(
            "{NAME} is not beside {}: build or install it there",
            own.display()
        );
        return Err(stop(exit::USAGE, text));
    }
    let error = Command::new(&path).args(&args.arguments).exec();
    Err(error).with_context(|| format!("failed to run {}", path.display()))
}
