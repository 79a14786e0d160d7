//! Stories of leases: real processes, a real HTTP answerer, tools that are killed.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail as the test does")]

mod kills;
mod kinds;
mod recovers;
mod tool;
mod victim;
