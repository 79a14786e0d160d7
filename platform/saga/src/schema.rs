//! The journals' tables.

use db::Migration;

/// All tables of this crate, for whoever migrates the store that it shares.
pub const MIGRATIONS: &[Migration] = &[Migration {
    id: "saga-0001",
    sql: include_str!("../migrations/0001_saga.sql"),
}];
