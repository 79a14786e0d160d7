//! Migrations: one text for both databases, applied once, never edited afterwards.

use crate::{Db, DbError};

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The step's name, unique and never reused.
    pub id: &'static str,
    /// Its SQL. `{blob}` and `{bigserial_pk}` become the dialect's types; lines
    /// after `-- @sqlite` or `-- @postgres`, up to `-- @both`, are that dialect's.
    pub sql: &'static str,
}

/// Applies the steps that are missing, in order, and gives their ids.
///
/// # Errors
/// [`DbError::Other`] if an applied step's text has changed since.
pub async fn migrate(db: &Db, steps: &[Migration]) -> Result<Vec<String>, DbError> {
    let _ = (db, steps);
    Err(DbError::Overloaded)
}
