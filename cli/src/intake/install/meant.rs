//! Who orders a change of somebody else's schema, and whether it is meant.

use std::time::Duration;

use base::clock::Clock;

use super::super::close;

/// By whom, why, and whether it is meant.
#[derive(Debug, clap::Args)]
pub(super) struct MeantArgs {
    /// Why, 1–200 characters, and no customer's data.
    #[arg(long, value_parser = close::reason)]
    reason: String,
    /// Who orders it, for the record and the evidence.
    #[arg(long, env = "BACKSTOP_ACTOR", value_name = "NAME", value_parser = close::name)]
    actor: String,
    /// Milliseconds to wait for the tables' locks; whoever writes those tables waits as long, and no longer.
    #[arg(long, default_value_t = 500, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    lock_wait: u64,
    /// Do it. Without this, only what would be done is said.
    #[arg(long)]
    pub(super) yes: bool,
}

impl MeantArgs {
    pub(super) fn order(&self) -> adopt::Meant {
        adopt::Meant {
            actor: self.actor.clone(),
            reason: self.reason.clone(),
            at: Clock::system().now_micros(),
            patience: Duration::from_millis(self.lock_wait),
        }
    }
}
