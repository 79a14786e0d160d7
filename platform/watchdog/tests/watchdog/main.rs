//! The real watchdog beside tools that are killed with SIGKILL.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's helpers may fail as the test does, and say what they measured"
)]

mod both;
mod dog;
mod kills;
mod long;
mod tool;
