//! The one place where this crate leaves evidence.

use db::{DbError, Tx};
use evidence::Leaf;

pub(crate) async fn leave(
    tx: &mut Tx,
    act: &str,
    actor: &str,
    subject: &str,
    at: i64,
    body: serde_json::Value,
) -> Result<(), DbError> {
    let leaf = Leaf {
        origin: evidence::FINANCING,
        act,
        actor,
        subject,
        at,
        body,
    };
    evidence::leave(tx, leaf).await
}
