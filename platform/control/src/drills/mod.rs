//! Drills on record: [`begin`], [`fault`] and [`end`] are acts, each with its row and its leaf in one
//! transaction, and each done once however often it is asked for under its key.

pub mod begin;
pub mod end;
pub mod fault;
mod rows;

use auth::Principal;
use client::drills::Drill;
use db::Db;

use crate::Refusal;

/// Who asks, under which key, and when.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who.
    pub principal: Principal,
    /// SHA-256 of the request's `Idempotency-Key`, in hex: the key itself is the caller's text.
    pub key: String,
    /// When, in microseconds since 1970.
    pub now: i64,
}

/// Reads a drill.
///
/// # Errors
/// `not-found`, or the database's refusal.
pub async fn show(db: &Db, id: String) -> Result<Drill, Refusal> {
    db.read(move |tx| Box::pin(async move { rows::read(tx, &id).await }))
        .await
}
