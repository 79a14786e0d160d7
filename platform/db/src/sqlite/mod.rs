//! The embedded database: one thread that writes in groups, and readers in place.

mod backfill;
mod budget;
mod checkpoint;
mod engine;
mod errors;
mod group;
mod log;
mod open;
mod queue;
mod readers;
mod session;
mod statement;
mod task;
mod writer;

pub(crate) use engine::Sqlite;
pub(crate) use session::Session;
