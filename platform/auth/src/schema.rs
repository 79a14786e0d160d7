//! The tables of accounts, sessions and approvals.

use db::Migration;

/// To be applied to the database that holds the evidence log's leaves.
pub const MIGRATION: Migration = Migration {
    id: "access-0001-accounts",
    sql: include_str!("../migrations/0001_access.sql"),
};
