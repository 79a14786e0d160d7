//! Deputies, as data: who may approve in the place of somebody absent.

use db::{DbError, Tx};
use serde_json::json;

use crate::accounts::By;
use crate::principal::Role;
use crate::record;

/// Names a deputy from now until a moment; again, the new end counts.
///
/// # Errors
/// Any [`DbError`]; [`DbError::Other`] for a person who would stand in for themselves.
pub async fn appoint(tx: &mut Tx, absent: &str, deputy: &str, until: i64, by: &By) -> Result<(), DbError> {
    if absent == deputy {
        return Err(DbError::Other("nobody is their own deputy".to_owned()));
    }
    tx.exec(
        "INSERT INTO deputies (absent, deputy, from_at, until_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (absent, deputy) DO UPDATE SET from_at = excluded.from_at, until_at = excluded.until_at",
        &[absent.into(), deputy.into(), by.at.into(), until.into()],
    )
    .await?;
    let body = json!({ "deputy": deputy, "until": until, "via": by.via });
    record::leave(tx, "deputy.appoint", &by.actor, absent, by.at, body).await
}

/// The role of an absent person whose deputy this is now, if their account is active.
pub(super) async fn role_of(
    tx: &mut Tx,
    absent: &str,
    deputy: &str,
    now: i64,
) -> Result<Option<Role>, DbError> {
    let sql = "SELECT a.role FROM deputies d JOIN accounts a ON a.name = d.absent \
        WHERE d.absent = $1 AND d.deputy = $2 AND d.from_at <= $3 AND d.until_at > $3 AND a.state = 'active'";
    let row = tx.one(sql, &[absent.into(), deputy.into(), now.into()]).await?;
    Ok(row.and_then(|row| row.text(0).ok().and_then(|role| role.parse().ok())))
}
