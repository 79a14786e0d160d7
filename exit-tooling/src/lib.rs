//! The exit of customers from the lending service's database; binary `backstop-exit`.
//!
//! [`retention`] is what law keeps, as data; [`holds`] what nobody may purge. [`customer`] looks at customers,
//! [`fate`] says what becomes of its tables, [`plan`] puts that into a document whose digest people approve. [`begin`]
//! takes the approval. [`steps`] carries the plan out as a saga: `archive` seals what law keeps ([`content`] reads it),
//! [`traces`] and [`remove`] take rows out with a line in `exit_rows` for each ([`tables`], [`ids`] say which, `indexes` make it quick), [`keys`]
//! destroys what sealed them, [`clean`] cleans the files ([`sqlite`], [`postgres`]), `finish` ends it with a record.
//! [`out`] is the exit's folder, `done` what the steps noted in it. [`commands`] is the command line.
//!
//! **Invariants.** Nothing goes before it is on record that two others approved this very plan; nothing that law keeps
//! goes before it was read back from the archive; every row that goes leaves its line in the same transaction; every
//! step, killed anywhere, is ended by doing it again.

mod archive;
pub mod begin;
pub mod clean;
pub mod commands;
pub mod content;
pub mod customer;
mod done;
pub mod fate;
mod finish;
pub mod holds;
pub mod ids;
mod indexes;
pub mod keys;
pub mod out;
pub mod plan;
pub mod postgres;
pub mod remove;
pub mod retention;
pub mod sqlite;
pub mod steps;
pub mod tables;
pub mod traces;

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
