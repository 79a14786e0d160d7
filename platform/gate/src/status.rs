//! Asking how the gate stands.

use db::{Db, Row, Tx};

use crate::{EVERYTHING, GateError, Status};

/// Reads the gate's row in a snapshot of its own.
///
/// # Errors
/// The database can't be asked, or the row is gone or unknown: whoever asks
/// must then take intake for closed.
pub async fn status(db: &Db) -> Result<Status, GateError> {
    db.read(|tx| Box::pin(async move { status_in(tx).await })).await
}

/// The same within a transaction, also one of [`Db::read`].
///
/// # Errors
/// As [`status`].
pub async fn status_in(tx: &mut Tx) -> Result<Status, GateError> {
    let sql = "SELECT state, epoch, reason, actor, incident, changed_at FROM intake_gate WHERE scope = $1";
    let row = tx.one(sql, &[EVERYTHING.into()]).await?.ok_or(GateError::NoRow)?;
    decode(&row)
}

fn decode(row: &Row) -> Result<Status, GateError> {
    Ok(Status {
        state: row.text(0)?.parse()?,
        epoch: row.int(1)?,
        reason: row.text(2)?.to_owned(),
        actor: row.text(3)?.to_owned(),
        incident: row.opt_text(4)?.map(str::to_owned),
        changed_at: row.int(5)?,
    })
}
