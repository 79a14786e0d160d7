//! The gate on a schema that is not ours, from the draft to the removal.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test that cannot set itself up should stop, and measured times are printed"
)]

mod busy;
mod closed;
mod drift;
mod install;
mod late_commits;
mod partitions;
mod removal;
mod reopening;
mod roles;
mod world;
