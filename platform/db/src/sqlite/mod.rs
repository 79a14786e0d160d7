//! The embedded database: one thread that writes in groups, and readers in place.

mod budget;
mod checkpoint;
mod engine;
mod errors;
mod group;
mod open;
mod queue;
mod readers;
mod session;
mod statement;
mod task;
mod writer;

pub(crate) use engine::Sqlite;
pub(crate) use session::Session;
