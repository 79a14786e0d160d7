//! Becomes another program that the kernel ends when its parent dies, so that
//! even `kill -9` of a rehearsal leaves nothing running.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::Context as _;
use base::exit;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::unistd::getppid;

use crate::ended::stop;

/// The parent and the program.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Pid of the parent.
    parent: i32,
    /// The program and its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

/// Becomes the program; answers only when that failed.
///
/// # Errors
/// When the parent is gone already, or the program can't be started.
pub fn run(args: &Args) -> anyhow::Result<u8> {
    set_pdeathsig(Signal::SIGKILL).context("failed to be tied to the parent")?;
    // The parent may have died before the tie: nobody would end this process.
    if getppid().as_raw() != args.parent {
        return Err(stop(exit::FAILED, "the parent is gone"));
    }
    let (program, rest) = args.command.split_first().context("no program")?;
    let error = Command::new(program).args(rest).exec();
    Err(error).with_context(|| format!("failed to start {}", program.display()))
}
