//! The watcher's own part against real targets: what they show, how they fail, and what is left after a kill.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod crash;
mod differential;
mod exhibit;
mod failures;
mod host;
mod journeys;
mod lifecycle;
mod probes;
mod process;
mod watch;
