//! `backstop exit`: customers leave. [`propose`] and [`approve`] are how people agree to a plan, at an instance of the
//! service; everything else is `backstop-exit` and `backstop-verify`, programs of their own: what pages people must not link what
//! opens customers' data. [`plan`] is what the former need to know of a plan.

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
    /// What is asked of `backstop-exit` and `backstop-verify`.
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

And of `backstop-verify`, which shares no code with it:
  witness      Notes what there is of the customers who leave, before; its order is on record first
  scan         Looks everywhere for what is left of them, after
  key          Draws a pair of keys that sign certificates
  certify      Signs that nothing is left
  certificate  Says whether a certificate is as it was signed, offline

Example:
  backstop exit plan --firm frm_0190f2c3d4e5f7000800000000000000 --rules retention.toml --no-holds \\
    --planner ada --out exit";

/// Which of the two programs knows a command: they share no code, so that one can check the other.
fn program(arguments: &[OsString]) -> &'static str {
    let verb = arguments.first().and_then(|verb| verb.to_str());
    match verb {
        Some("witness" | "scan" | "certify" | "certificate" | "key") => "backstop-verify",
        _ => "backstop-exit",
    }
}

/// Runs one; answers the exit code.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Propose(args) => propose::run(args).await,
        Command::Approve(args) => approve::run(args).await,
        Command::Sibling(arguments) => sibling::become_it(program(&arguments), &arguments),
    }
}
