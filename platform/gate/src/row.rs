//! The gate's rows, one for each scope that was ever closed, as orders write them.

use db::{Dialect, Tx};
use domain::product::{Channel, Product};

use crate::order::{Closing, SCOPES};
use crate::{GateError, Order, Scope, State};

/// Keeps other orders out until this transaction ends, whatever their scope: so epochs and numbers of history
/// are dense. SQLite has one writer at a time anyway.
///
/// # Errors
/// [`GateError::NoRow`] without the row of everything.
pub(crate) async fn hold(tx: &mut Tx) -> Result<(), GateError> {
    let sql = match tx.dialect() {
        Dialect::Postgres => "SELECT 1::bigint FROM intake_gate WHERE scope = $1 FOR UPDATE",
        Dialect::Sqlite => "SELECT 1 FROM intake_gate WHERE scope = $1",
    };
    let row = tx.one(sql, &[Scope::EVERYTHING.into()]).await?;
    row.map(drop).ok_or(GateError::NoRow)
}

/// The epoch after all that were.
pub(crate) async fn next_epoch(tx: &mut Tx) -> Result<i64, GateError> {
    let newest = tx.one("SELECT MAX(epoch) FROM intake_gate", &[]).await?;
    Ok(newest.ok_or(GateError::NoRow)?.int(0)? + 1)
}

/// Makes the row of a scope that was never closed, as open as it is without one.
pub(crate) async fn make(tx: &mut Tx, scope: &Scope, at: i64) -> Result<(), GateError> {
    let name = scope.to_string();
    let sql = "SELECT COUNT(*), COUNT(CASE WHEN scope = $1 THEN 1 END) FROM intake_gate";
    let row = tx.one(sql, &[(&name).into()]).await?.ok_or(GateError::NoRow)?;
    if row.int(1)? == 1 {
        return Ok(());
    }
    if usize::try_from(row.int(0)?).is_ok_and(|rows| rows >= SCOPES) {
        return Err(GateError::TooManyScopes);
    }
    let epoch = next_epoch(tx).await?;
    tx.exec(
        "INSERT INTO intake_gate (scope, act, product, channel, region, state, epoch, reason, actor, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'first closed', 'installation', $8)",
        &[
            (&name).into(),
            scope.act.map(crate::Act::as_str).into(),
            scope.product.map(Product::as_str).into(),
            scope.channel.map(Channel::as_str).into(),
            scope.region.as_deref().into(),
            State::Open.as_str().into(),
            epoch.into(),
            at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Writes where an order led to. While a scope is shut, a clause and a time that an order does not name stay.
pub(crate) async fn write(
    tx: &mut Tx,
    order: &Order,
    closing: &Closing,
    (state, epoch): (State, i64),
) -> Result<(), GateError> {
    tx.exec(
        "UPDATE intake_gate SET state = $1, epoch = $2, reason = $3, actor = $4, incident = $5, \
         clause = COALESCE($6, CASE WHEN 'open' IN (state, $1) THEN NULL ELSE clause END), \
         until_at = COALESCE($7, CASE WHEN 'open' IN (state, $1) THEN NULL ELSE until_at END), \
         changed_at = $8 WHERE scope = $9",
        &[
            state.as_str().into(),
            epoch.into(),
            (&order.reason).into(),
            (&order.actor).into(),
            (&order.incident).into(),
            (&closing.clause).into(),
            closing.until.into(),
            order.at.into(),
            (&closing.scope.to_string()).into(),
        ],
    )
    .await?;
    Ok(())
}

/// An order found its scope closed: what it cites and expects counts from now on, the rest stays.
pub(crate) async fn add_to(tx: &mut Tx, closing: &Closing) -> Result<(), GateError> {
    tx.exec(
        "UPDATE intake_gate SET clause = COALESCE($1, clause), until_at = COALESCE($2, until_at) WHERE scope = $3",
        &[
            (&closing.clause).into(),
            closing.until.into(),
            (&closing.scope.to_string()).into(),
        ],
    )
    .await?;
    Ok(())
}
