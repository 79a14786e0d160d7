//! Stories of faults: real connections through the proxy, real processes, real executables.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's helpers may fail as the test does, and say what they measured"
)]

mod api;
mod chances;
mod echo;
mod executable;
mod experiments;
mod failover;
mod interrupted;
mod kills;
mod long;
mod processes;
mod stand;
mod toxics;
mod victim;
