//! An act that is ordered at the machine and is on record before it is carried out.

use db::{DbError, Tx};
use evidence::Leaf;
use serde_json::Value;

use crate::audit;

/// The role under which the audit table has it.
const ROLE: &str = "command-line";

/// What is ordered.
#[derive(Debug)]
pub struct Order<'a> {
    /// `noun.verb`, as its leaf calls it.
    pub act: &'a str,
    /// By whom, an account's name.
    pub actor: &'a str,
    /// What it is done to, or the case that it is for.
    pub subject: &'a str,
    /// When, microseconds since 1970.
    pub at: i64,
    /// What the leaf says of it.
    pub body: Value,
}

/// Records it: its leaf, and the line of the audit table that law 7 holds the leaf against.
///
/// # Errors
/// Any [`DbError`]; then nothing may be carried out.
pub async fn record(tx: &mut Tx, order: Order<'_>) -> Result<(), DbError> {
    let line = audit::Line {
        at: order.at,
        principal: order.actor,
        role: ROLE,
        act: order.act,
        reference: order.subject,
    };
    audit::insert(tx, &line).await?;
    let leaf = Leaf {
        origin: evidence::FINANCING,
        act: order.act,
        actor: order.actor,
        subject: order.subject,
        at: order.at,
        body: order.body,
    };
    evidence::leave(tx, leaf).await
}
