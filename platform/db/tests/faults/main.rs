//! Faults under SQLite: whoever was acknowledged finds their row after reopening.
//!
//! Each story runs this test again as a process of its own (see [`child`]), breaks
//! the disk beneath it, and compares what it said with what the file then holds.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod broken_disk;
mod child;
mod full_disk;
mod order;
mod verdict;
