//! Prometheus rule files: alerting and recording rules, their templates, their unit tests, the life of an alert.
//! Pure: no clock, no network, no database; times come from the caller, as milliseconds since the Unix epoch.
//!
//! [`file`] reads rule files ([`load`], [`load_paths`]) and names everything that is wrong with them, each with file,
//! line and column; [`template`] is the subset of Go's templates that labels and annotations may use; [`engine`]
//! evaluates groups over a [`Store`] and keeps the alerts ([`Engine`]); [`unit`] runs promtool's test files;
//! [`slo`] makes rules and tests of service level objectives; [`conventions`] is what every shipped rule must say;
//! [`memory`] is a store in memory. The semantics are those of Prometheus 2.42, but for what [`Options::hold_unknown`]
//! says, and for rules that Prometheus loads and could never evaluate, which are refused here.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let groups = rules::load_paths(["rules/intake.yml"])?;
//! rules::conventions::check(&groups)?;
//! let mut engine = rules::Engine::new(groups, rules::Options::default());
//! let mut store = rules::memory::Memory::new();
//! // Each group at its own interval; what it stores is seen by its later rules, and by the next group.
//! let outcome = engine.evaluate(0, 1_700_000_000_000, &mut store);
//! for alert in &outcome.changed { /* tell somebody */ }
//! let kept = engine.snapshot(); // store it; `restore` after a restart
//! # Ok(()) }
//! ```

pub mod conventions;
pub mod duration;
pub mod engine;
pub mod file;
pub mod memory;
pub mod names;
pub mod problem;
mod rule_files;
pub mod slo;
pub mod template;
pub mod unit;
mod yaml;

pub use engine::{
    Alert, BadSnapshot, Engine, Failure, Health, Options, Outcome, Overlay, Restored, Schedule, Snapshot,
    State, Store,
};
pub use file::{Group, Rule, load, load_paths};
pub use problem::{Problem, Problems};
