//! What an approved proposal does to accounts.

use db::{DbError, Tx};

use crate::accounts::{self, AccountError};
use crate::approvals::Approved;
use crate::principal::Role;

/// Carries out what was approved, in the transaction of its execution.
///
/// # Errors
/// See [`AccountError`]; then the proposal is not executed either.
pub async fn perform(tx: &mut Tx, approved: Approved, at: i64) -> Result<(), AccountError> {
    let account = approved.parameter("account");
    match approved.act() {
        "account.enable" => accounts::enable(tx, account, at).await,
        "account.role" => match approved.parameter("role").parse::<Role>() {
            Ok(role) => accounts::give_role(tx, account, role, at).await,
            Err(_) => Err(DbError::Other("an approved role is none".to_owned()).into()),
        },
        other => Err(DbError::Other(format!("nothing is known of the act {other}")).into()),
    }
}
