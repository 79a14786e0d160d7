//! Pages, plans and runs: in the hands of a twin, and with real commands and requests.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail as the test does")]
#![expect(clippy::print_stdout, reason = "figures of a run, for whoever looks")]

mod approvals;
mod deaths;
mod kills;
mod mistakes;
mod pages;
mod previews;
mod processes;
mod properties;
mod requests;
mod runs;
mod stage;
mod twin;
