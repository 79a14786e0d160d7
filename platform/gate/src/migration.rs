//! The gate's tables and triggers, as one migration for both databases.

use std::sync::LazyLock;

use db::Migration;

use crate::{GATED, triggers};

/// The migration. It runs after those that make the gated tables.
///
/// Its triggers come from [`GATED`] as it is in this release. Once released it
/// must not change (the migrator keeps its checksum): a later addition to
/// [`GATED`] brings a migration of its own, made by [`triggers::install`].
#[must_use]
pub fn migration() -> Migration {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let mut sql = include_str!("../migrations/tables.sql").to_owned();
        sql.push_str("-- @postgres\n");
        sql.push_str(include_str!("../migrations/flag.sql"));
        sql.push_str("-- @both\n");
        sql.push_str(&triggers::install(GATED));
        sql.push_str("-- @postgres\n");
        sql.push_str(include_str!("../migrations/closer.sql"));
        sql.push_str("-- @both\n");
        sql
    });
    Migration {
        id: "gate-0001-intake",
        sql: &SQL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole text, to be read by whoever must trust it, and to make a change
    /// of a released migration visible before a migrator refuses it.
    #[test]
    fn the_sql_is_what_was_reviewed() {
        insta::assert_snapshot!(migration().sql);
    }
}
