//! Stories of leases: real processes, a real HTTP answerer, tools that are killed.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's helpers may fail as the test does, and one that is skipped says so"
)]

mod kills;
mod kinds;
mod order;
mod recovers;
mod tool;
mod victim;
