//! What was signed is taken once: a copy of it, sent again while its signature is good, changes nothing.

use std::fmt::Write as _;

use db::{DbError, Tx};
use sha2::{Digest as _, Sha256};

use crate::micros::MINUTE;

/// A signature is good for five minutes from a time that may lie five minutes ahead; and a bit.
const GOOD: i64 = 15 * MINUTE;

/// What was signed, as a digest: signatures can be written in more than one way.
pub(crate) fn digest(timestamp: &str, body: &[u8]) -> String {
    let mut digest = Sha256::new();
    digest.update(timestamp);
    digest.update(b".");
    digest.update(body);
    let mut text = String::with_capacity(64);
    for byte in digest.finalize() {
        // Writing to a string does not fail.
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}

/// Notes it, and says whether it is here for the first time. Forgets what nobody could send again.
///
/// # Errors
/// What the database refused.
pub(crate) async fn first(tx: &mut Tx, digest: &str, now: i64) -> Result<bool, DbError> {
    let sql = "DELETE FROM notify_seen WHERE at < $1";
    tx.exec(sql, &[now.saturating_sub(GOOD).into()]).await?;
    let sql = "INSERT INTO notify_seen (digest, at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
    Ok(tx.exec(sql, &[digest.into(), now.into()]).await? == 1)
}
