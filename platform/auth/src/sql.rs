//! What the two databases say differently.

use db::{Dialect, Tx};

/// A query whose rows stay as they are until the transaction ends; on SQLite a
/// writing transaction is alone anyway.
pub(crate) fn locking(tx: &Tx, sql: &str) -> String {
    match tx.dialect() {
        Dialect::Sqlite => sql.to_owned(),
        Dialect::Postgres => format!("{sql} FOR UPDATE"),
    }
}
