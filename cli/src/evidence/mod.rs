//! `backstop evidence`: reads logs from files or databases, never asks a service,
//! and needs no key but public ones.
//!
//! [`inputs`] is what the three have in common; [`show`], [`prove`] and [`verify`]
//! are one command each,
//! `proofs` checks what `prove` made.

pub mod inputs;
mod proofs;
pub mod prove;
pub mod show;
pub mod verify;

use clap::Subcommand;

/// What to do with evidence logs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lists leaves, or exports a log to a file.
    Show(show::Args),
    /// Proves that a leaf is in a log, or that a log has only grown.
    Prove(prove::Args),
    /// Finds every edit, deletion, insertion, reordering and truncation behind an anchor.
    Verify(verify::Args),
}

/// Runs one; answers the exit code.
///
/// # Errors
/// When something can't be read.
pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Show(args) => show::run(args).await,
        Command::Prove(args) => prove::run(args).await,
        Command::Verify(args) => verify::run(args).await,
    }
}
