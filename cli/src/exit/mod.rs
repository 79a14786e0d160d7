//! `backstop exit`: customers leave. [`propose`] and [`approve`] are how people agree to a plan, at an instance of the
//! service; everything else is `backstop-exit`, a program of its own: what pages people must not link what opens
//! customers' data. [`plan`] is what the former need to know of a plan.

pub mod approve;
mod plan;
pub mod propose;

use std::ffi::OsString;

use clap::Subcommand;

use crate::sibling;

/// Lets customers leave, with proof.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Proposes a plan: two people besides its planner have to approve it.
    Propose(propose::Args),
    /// Approves a proposed plan, or says no.
    Approve(approve::Args),
    /// `eligible`, `plan`, `run` and `status` are those of `backstop-exit`.
    #[command(external_subcommand)]
    Sibling(Vec<OsString>),
}

/// What the help says of the sibling's commands.
pub const HELP: &str = "\
Besides, as commands of `backstop-exit`, which is found beside this program:
  eligible  Lists customers who could leave
  plan      Says who leaves with how many rows under which rules, and who stays and why
  run       Carries out a plan that two people besides its planner approved
  status    Says how far an exit is

Example:
  backstop exit plan --firm frm_0190f2c3d4e5f7000800000000000000 --rules retention.toml --planner ada --out exit";

/// Runs one; answers the exit code.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Propose(args) => propose::run(args).await,
        Command::Approve(args) => approve::run(args).await,
        Command::Sibling(arguments) => sibling::become_it("backstop-exit", &arguments),
    }
}
