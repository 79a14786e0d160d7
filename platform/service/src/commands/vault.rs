//! `financing vault …`: the upkeep of the keys, beside the service or without it.
//!
//! What acts says what it would do unless it is told `--yes`, needs the custodians'
//! KEK files, which only their owner may read, and leaves its order in the evidence
//! log before it is carried out: an act that is killed was ordered all the same.

mod backup;
mod destroy;
mod draw;
mod order;
mod rotate;
mod status;
mod sweep;

use clap::Subcommand;

/// The verbs.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Says how many keys there are, and how far rotations are.
    Status(status::Args),
    /// Wraps every key of a custodian under a new KEK, and destroys the old one.
    Rotate(rotate::Args),
    /// Removes keys that an instance made ahead and died without using.
    Sweep(sweep::Args),
    /// Copies the key store, in use or not, into an empty database.
    Backup(backup::Args),
    /// Destroys keys of a firm for good.
    Destroy(destroy::Args),
    /// Gives customers' values to a pipe, for law 5's search.
    Draw(draw::Args),
}

/// Runs a verb.
pub(crate) async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Status(args) => status::run(args).await,
        Command::Rotate(args) => rotate::run(args).await,
        Command::Sweep(args) => sweep::run(args).await,
        Command::Backup(args) => backup::run(args).await,
        Command::Destroy(args) => destroy::run(args).await,
        Command::Draw(args) => draw::run(args).await,
    }
}
