//! The vault over its key store, told as stories on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

mod destruction;
mod fixture;
mod rotation;
mod sealing;
mod upkeep;
