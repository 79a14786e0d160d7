//! Customers leave a real database, cleanly and with one thing forgotten at a time.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clean;
mod command;
mod forgotten;
mod planted;
mod postgres;
mod purge;
mod rows;
mod world;
