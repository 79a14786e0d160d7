//! Why nothing was installed, removed or proved.

use db::DbError;
use gate::GateError;

use crate::Holder;

/// None of these leaves anything half done: each act is one transaction.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// The database refused or can't be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The gate refused.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The description can't be used: where, and what would mend it.
    #[error("{0}")]
    Description(String),
    /// The state of the database does not allow it.
    #[error("{0}")]
    Refused(String),
    /// Their transactions kept the tables locked for longer than this was allowed to wait.
    #[error("others hold the tables: {}", list(.0))]
    Busy(Vec<Holder>),
}

fn list(holders: &[Holder]) -> String {
    if holders.is_empty() {
        return "they are gone by now".to_owned();
    }
    let told: Vec<String> = holders
        .iter()
        .map(|one| {
            format!(
                "{} (pid {}, {}, role {}, open {} ms)",
                one.table, one.pid, one.application, one.role, one.open_ms
            )
        })
        .collect();
    told.join("; ")
}
