//! `backstop intake`: the switch in an operator's hand.
//!
//! [`reach`] is how it is reached: an instance, or the database itself when none
//! answers; [`bearer`] who asks; [`status`], [`close`], [`reopen`], [`approve`],
//! [`impact`], [`history`], [`doubts`] and [`seal`] are one command each, [`install`] those for a schema
//! that is not ours; [`scope`] reads which new business,
//! [`holder`] finds who keeps a file from being written, [`said`] puts it into words,
//! [`scram`] reckons what the database keeps of a password.

pub mod approve;
mod bearer;
pub mod close;
pub mod doubts;
pub mod history;
mod holder;
pub mod impact;
pub mod install;
pub(crate) mod reach;
pub mod reopen;
mod said;
mod scope;
mod scram;
pub mod seal;
pub mod status;

use clap::Subcommand;

/// What to do with the intake of new business (增量业务).
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Says how intake stands.
    Status(status::Args),
    /// Closes intake; returns once no new business can commit.
    Close(close::Args),
    /// Proposes to reopen intake; another person has to agree.
    Reopen(reopen::Args),
    /// Agrees to a proposed reopening, and carries it out; or says no.
    Approve(approve::Args),
    /// Lists what a closing touches, and what becomes of it.
    Impact(impact::Args),
    /// Lists who closed and reopened intake, when and why.
    History(history::Args),
    /// Lists transactions that closings ended with a draw in hand, or says what core banking knows of one.
    Doubts(doubts::Args),
    /// Shows how the sealed close-only credential stands, or seals another.
    Seal(seal::Args),
    /// Puts the same gate on somebody else's PostgreSQL schema.
    #[command(subcommand, after_help = install::HELP)]
    Install(install::Command),
}

/// Runs one; answers the exit code.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Status(args) => status::run(args).await,
        Command::Close(args) => close::run(args).await,
        Command::Reopen(args) => reopen::run(args).await,
        Command::Approve(args) => approve::run(args).await,
        Command::Impact(args) => impact::run(args).await,
        Command::History(args) => history::run(args).await,
        Command::Doubts(args) => doubts::run(args).await,
        Command::Seal(args) => seal::run(args).await,
        Command::Install(command) => install::run(command).await,
    }
}
