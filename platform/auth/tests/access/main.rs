//! Accounts, sessions and approvals on both databases: one file a story.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot set itself up should stop, and one that is skipped says so"
)]

mod approvals;
mod guessing;
mod sessions;
mod world;
