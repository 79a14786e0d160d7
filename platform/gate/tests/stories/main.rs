//! The gate, told on both databases: what is refused, what goes on, and that
//! nothing commits late.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test that cannot set itself up should stop, and measured times are printed"
)]

mod by_hand_postgres;
mod by_hand_sqlite;
mod closing;
mod door;
mod doubts;
mod durable;
mod flag;
mod late_commits;
mod record;
mod refusal;
mod roles;
mod scopes;
mod stuck;
mod unverified;
mod world;
