//! The service over real HTTP, with the stand-in sources in the same process:
//! one file per story. [`app`] starts a service with a database of its own,
//! [`path`] walks a firm from registration to a loan.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a story that cannot go on has failed, and one that is skipped says so"
)]

mod access;
mod answers;
mod app;
mod bounds;
mod consents;
mod document;
mod drain;
mod draws;
mod edge;
mod evidence_log;
mod figures;
mod idempotency;
mod intake;
mod lanes;
mod ofrep;
mod outage;
mod parked;
mod parsers;
mod path;
mod probes;
mod problems;
mod promoted;
mod proposals;
mod redact;
mod renewals;
mod restored;
mod reveals;
mod review;
mod roles;
mod schema;
mod scopes;
mod sources;
mod standin;
mod stop_rules;
mod tokens;
mod whole_path;
