//! `backstop watch`: what the control plane sees, and how its pages are answered.
//!
//! [`reach`] is how the control plane is reached; [`status`], [`query`], [`alerts`], [`silence`], [`ack`],
//! [`test_receiver`] and [`call_tree`] are one command each; [`rules`] checks and tests rule files, offline; `span` reads how long.

pub mod ack;
pub mod alerts;
pub mod call_tree;
pub mod query;
pub(crate) mod reach;
pub mod rules;
pub mod silence;
mod span;
pub mod status;
pub mod test_receiver;

use clap::Subcommand;

/// What to do with the watch.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Says whether the watcher itself works, and what it sees.
    Status(status::Args),
    /// Evaluates an expression over what was scraped.
    Query(query::Args),
    /// Lists alerts that are pending, firing or just over.
    Alerts(alerts::Args),
    /// Silences alerts for a time, lists silences, or ends one.
    Silence(silence::Args),
    /// Says that somebody works on an alert, so that nobody else is woken.
    Ack(ack::Args),
    /// Sends a test page to a receiver.
    TestReceiver(test_receiver::Args),
    /// Shows the latest test of the call tree, or begins one.
    CallTree(call_tree::Args),
    /// Checks rule files, or runs their unit tests; offline.
    #[command(subcommand, after_help = rules::HELP)]
    Rules(rules::Command),
}

/// Runs one; answers the exit code.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Status(args) => status::run(args).await,
        Command::Query(args) => query::run(args).await,
        Command::Alerts(args) => alerts::run(args).await,
        Command::Silence(args) => silence::run(args).await,
        Command::Ack(args) => ack::run(args).await,
        Command::TestReceiver(args) => test_receiver::run(args).await,
        Command::CallTree(args) => call_tree::run(args).await,
        Command::Rules(command) => rules::run(command),
    }
}
