//! The control plane over HTTP, on a store of its own.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail as the test does")]

mod acts;
mod anchors;
mod answers;
mod calltree;
mod columns;
mod plane;
mod ranges;
mod roles;
mod runs;
mod security;
mod watching;
