//! Runs of runbooks on record: [`begin`], [`ask`], [`judge`] and [`end`] are acts, each with its row and its leaf in one
//! transaction, and each done once however often it is asked for. `rows` reads.

pub mod ask;
pub mod begin;
pub mod end;
pub mod judge;
mod rows;

use base::problem::Code;
use client::runs::Run;
use db::{Db, Tx};

use crate::Refusal;

/// Reads a run.
///
/// # Errors
/// `not-found`, or the database's refusal.
pub async fn show(db: &Db, id: String) -> Result<Run, Refusal> {
    db.read(move |tx| Box::pin(async move { rows::read(tx, &id).await }))
        .await
}

/// Reads a run and keeps others from changing it meanwhile: they wait for its row.
async fn held(tx: &mut Tx, id: &str) -> Result<Run, Refusal> {
    let held = tx
        .exec("UPDATE runs SET id = id WHERE id = $1", &[id.into()])
        .await?;
    match held {
        0 => Err(Refusal::with(Code::NotFound, "no such run")),
        _ => rows::read(tx, id).await,
    }
}
