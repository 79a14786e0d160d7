//! Sagas in a simulated world: on the twin in memory, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail as the test does")]
#![expect(clippy::print_stdout, reason = "figures of a run, for whoever looks")]

mod bindings;
mod commits;
mod deaths;
mod drive;
mod histories;
mod killed;
mod kills;
mod ledger;
mod outcomes;
mod people;
mod planted;
mod runners;
mod stage;
