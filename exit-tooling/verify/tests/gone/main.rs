//! Customers leave a real database, cleanly and with one thing forgotten at a time.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says on the record when it cannot run"
)]

mod clean;
mod command;
mod forgotten;
mod ordered;
mod planted;
mod postgres;
mod purge;
mod rows;
mod world;
