//! Asking how the gate stands.

use db::{Db, Row, Tx};

use crate::{GateError, Scope, State, Status};

/// Reads every scope that was ever closed, everything first, in a snapshot of its own.
///
/// # Errors
/// The database can't be asked, or the row of everything is gone or unknown: whoever asks
/// must then take intake for closed.
pub async fn scopes(db: &Db) -> Result<Vec<Status>, GateError> {
    db.read(|tx| Box::pin(async move { scopes_in(tx).await })).await
}

/// The same within a transaction.
///
/// # Errors
/// As [`scopes`].
pub async fn scopes_in(tx: &mut Tx) -> Result<Vec<Status>, GateError> {
    let sql = format!("{COLUMNS} ORDER BY CASE scope WHEN $1 THEN 0 ELSE 1 END, scope");
    let rows = tx.many(&sql, &[Scope::EVERYTHING.into()]).await?;
    let scopes = rows.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
    match scopes.first() {
        Some(first) if first.scope == Scope::everything() => Ok(scopes),
        _ => Err(GateError::NoRow),
    }
}

/// How it stands for a scope: as the strictest that covers it, or as its own row or that of everything says. A database
/// that lost later changes may have lost a closing of just this scope, so its mark is about every scope.
#[must_use]
pub fn strictest(scopes: Vec<Status>, scope: &Scope) -> Option<Status> {
    let counts = |one: &Status| one.scope.covers(scope) || one.unverified_since.is_some();
    let shut = |one: &Status| one.state != State::Open && counts(one);
    let found = scopes.iter().position(shut);
    let found = found.or_else(|| scopes.iter().position(|one| one.scope == *scope));
    let mut stands = scopes.into_iter().nth(found.unwrap_or(0))?;
    if found.is_none() && !stands.scope.covers(scope) {
        spare(&mut stands, scope);
    }
    Some(stands)
}

/// What a closing of everything leaves alone is open.
fn spare(everything: &mut Status, scope: &Scope) {
    everything.scope = scope.clone();
    everything.state = State::Open;
    "existing business unless a closing names it".clone_into(&mut everything.reason);
    (everything.incident, everything.clause, everything.until) = (None, None, None);
}

/// How it stands for one scope, within a transaction, also one of [`Db::read`].
///
/// # Errors
/// As [`scopes`]; a scope that was never closed has no row.
pub async fn status_in(tx: &mut Tx, scope: &Scope) -> Result<Status, GateError> {
    let sql = format!("{COLUMNS} WHERE scope = $1");
    let row = tx.one(&sql, &[(&scope.to_string()).into()]).await?;
    decode(&row.ok_or(GateError::NoRow)?)
}

/// How the scope stands that an epoch belongs to, that of its last change, if there is one.
///
/// # Errors
/// The database can't be asked.
pub async fn of_epoch(tx: &mut Tx, epoch: i64) -> Result<Option<Status>, GateError> {
    let sql = format!("{COLUMNS} WHERE epoch = $1");
    let row = tx.one(&sql, &[epoch.into()]).await?;
    row.as_ref().map(decode).transpose()
}

const COLUMNS: &str = "SELECT scope, state, epoch, reason, actor, incident, clause, until_at, changed_at, unverified_since \
     FROM intake_gate";

fn decode(row: &Row) -> Result<Status, GateError> {
    Ok(Status {
        scope: row.text(0)?.parse()?,
        state: row.text(1)?.parse()?,
        epoch: row.int(2)?,
        reason: row.text(3)?.to_owned(),
        actor: row.text(4)?.to_owned(),
        incident: row.opt_text(5)?.map(str::to_owned),
        clause: row.opt_text(6)?.map(str::to_owned),
        until: row.opt_int(7)?,
        changed_at: row.int(8)?,
        unverified_since: row.opt_int(9)?,
    })
}
