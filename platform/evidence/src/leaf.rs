//! Leaving one leaf.

use db::{DbError, Migration, Tx};
use rand::{TryRngCore, rngs::OsRng};
use serde_json::{Map, Value};
use uuid::Builder;

use crate::body::{canonical, leaf_hash};

/// The tables of the log: leaves, the head, checkpoints.
pub const MIGRATION: Migration = Migration {
    id: "evidence-0001-leaves",
    sql: include_str!("../migrations/leaves.sql"),
};

/// The log of the data plane, the lending service.
pub const FINANCING: &str = "backstop/financing";

/// The log of the control plane, the operations toolkit.
pub const CONTROL: &str = "backstop/control";

/// An act, for the record.
#[derive(Debug, Clone)]
pub struct Leaf<'a> {
    /// The name of the log: [`FINANCING`] or [`CONTROL`]. Each plane has its own,
    /// and every leaf carries it, so that it cannot be shown as another log's.
    pub origin: &'a str,
    /// What was done, `noun.verb`: `intake.close`.
    pub act: &'a str,
    /// The account that did it.
    pub actor: &'a str,
    /// What it was done to: a typed id or a scope, never customer data.
    pub subject: &'a str,
    /// When, in microseconds since the Unix epoch.
    pub at: i64,
    /// What else is to be proved: ids, epochs, counts, [commitments](crate::Commitment).
    /// Never customer data, not even sealed: a leaf outlives every key. Integers only.
    pub body: Value,
}

/// Writes the leaf through the transaction of the act itself.
///
/// # Errors
/// What the database refused, or a body that has no canonical form; then the act
/// must not be committed either.
pub async fn leave(tx: &mut Tx, leaf: Leaf<'_>) -> Result<(), DbError> {
    #[cfg(feature = "chaos")]
    if crate::failpoint::unlogged_act() {
        return Ok(());
    }
    let id = new_id(leaf.at)?;
    let mut facts = Map::new();
    for (name, text) in [
        ("act", leaf.act),
        ("actor", leaf.actor),
        ("id", id.as_str()),
        ("origin", leaf.origin),
        ("subject", leaf.subject),
    ] {
        facts.insert(name.to_owned(), text.into());
    }
    facts.insert("at".to_owned(), leaf.at.into());
    facts.insert("body".to_owned(), leaf.body);
    let text = canonical(facts)?;
    let hash = leaf_hash(text.as_bytes());
    tx.exec(
        "INSERT INTO evidence_leaves (id, at, origin, act, actor, body, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            id.as_str().into(),
            leaf.at.into(),
            leaf.origin.into(),
            leaf.act.into(),
            leaf.actor.into(),
            text.as_str().into(),
            hash.as_slice().into(),
        ],
    )
    .await?;
    Ok(())
}

/// `lef_` and a UUID of version 7: unique, so that two equal acts are two
/// leaves, and its random part keeps a body from being guessed from its hash.
fn new_id(at: i64) -> Result<String, DbError> {
    let mut random = [0; 10];
    OsRng
        .try_fill_bytes(&mut random)
        .map_err(|error| DbError::Other(format!("no randomness for a leaf's id: {error}")))?;
    let millis = at.max(0).unsigned_abs() / 1000;
    Ok(format!(
        "lef_{}",
        Builder::from_unix_timestamp_millis(millis, &random)
            .into_uuid()
            .simple()
    ))
}
