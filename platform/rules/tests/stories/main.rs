//! Rules against the real thing: promtool and Prometheus 2.42 read the same files and see the same samples.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot set itself up should stop, and one that is skipped says so"
)]

mod conventions;
mod files;
mod lifecycle;
mod programs;
mod restart;
mod server;
mod side_by_side;
mod slo;
mod templates;
mod unit_tests;
mod vanished;
