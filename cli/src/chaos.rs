//! `backstop chaos …` is `backstop-chaos …`, a program of its own: what pages people must not link what injects faults.

use std::ffi::OsString;

use crate::sibling;

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

impl Args {
    /// Whether it is asked to end what nobody holds.
    pub(crate) fn recovers(&self) -> bool {
        self.arguments.first().is_some_and(|verb| verb == "recover")
    }
}

/// Becomes the sibling.
///
/// # Errors
/// It is not there, or cannot be run.
pub fn run(args: &Args) -> anyhow::Result<u8> {
    sibling::become_it("backstop-chaos", &args.arguments)
}
