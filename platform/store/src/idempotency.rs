//! Stored answers by principal and `Idempotency-Key`.

use db::{DbError, Tx};
use sha2::{Digest, Sha256};

/// What a key was used for.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Route and target.
    pub route: String,
    /// Digest of the request.
    pub digest: String,
    /// HTTP status, 0 while the order is under way.
    pub status: u16,
    /// The JSON body.
    pub answer: String,
    /// Microseconds.
    pub expires_at: i64,
}

/// What a row is found by: the first half of SHA-256 over principal, a zero byte and key.
/// No name holds a zero byte; 128 bits are enough that two keys never share them by chance.
fn digest(principal: &str, key: &str) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(principal);
    hash.update([0]);
    hash.update(key);
    let mut half = [0; 16];
    half.copy_from_slice(&hash.finalize()[..16]);
    half
}

/// Claims a key for this transaction; false if it is taken. A concurrent claim
/// of the same key waits here until the first one commits or rolls back.
///
/// # Errors
/// Any [`DbError`].
pub async fn claim(
    tx: &mut Tx,
    principal: &str,
    key: &str,
    stored: &Stored,
    now: i64,
) -> Result<bool, DbError> {
    let inserted = tx
        .exec(
            "INSERT INTO idempotency (key_digest, route, request_digest, status, answer, created_at, \
             expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (key_digest) DO NOTHING",
            &[
                digest(principal, key).as_slice().into(),
                (&stored.route).into(),
                (&stored.digest).into(),
                i64::from(stored.status).into(),
                (&stored.answer).into(),
                now.into(),
                stored.expires_at.into(),
            ],
        )
        .await?;
    Ok(inserted == 1)
}

/// Reads what a key was used for.
///
/// # Errors
/// Any [`DbError`].
pub async fn find(tx: &mut Tx, principal: &str, key: &str) -> Result<Option<Stored>, DbError> {
    let row = tx
        .one(
            "SELECT route, request_digest, status, answer, expires_at FROM idempotency \
             WHERE key_digest = $1",
            &[digest(principal, key).as_slice().into()],
        )
        .await?;
    row.map(|row| {
        Ok(Stored {
            route: row.text(0)?.to_owned(),
            digest: row.text(1)?.to_owned(),
            status: u16::try_from(row.int(2)?).unwrap_or(0),
            answer: row.text(3)?.to_owned(),
            expires_at: row.int(4)?,
        })
    })
    .transpose()
}

/// Stores the answer of a claim; false if it has one already.
///
/// # Errors
/// Any [`DbError`].
pub async fn answer(
    tx: &mut Tx,
    principal: &str,
    key: &str,
    status: u16,
    json: &str,
) -> Result<bool, DbError> {
    let changed = tx
        .exec(
            "UPDATE idempotency SET status = $2, answer = $3 WHERE key_digest = $1 AND status = 0",
            &[
                digest(principal, key).as_slice().into(),
                i64::from(status).into(),
                json.into(),
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Forgets one expired key, so that it can be claimed anew.
///
/// # Errors
/// Any [`DbError`].
pub async fn forget(tx: &mut Tx, principal: &str, key: &str) -> Result<(), DbError> {
    tx.exec(
        "DELETE FROM idempotency WHERE key_digest = $1",
        &[digest(principal, key).as_slice().into()],
    )
    .await?;
    Ok(())
}

/// How far a sweep has come: the last row that it looked at, nothing at the beginning.
#[derive(Debug, Clone, Default)]
pub struct Place(Vec<u8>);

/// Looks at the next 500 keys after a place (a slice, so that writers behind it
/// don't wait) and deletes those that have expired. Answers how many it deleted,
/// and the place to go on from, or `None` at the end.
///
/// It walks the keys instead of an index by expiry, which would cost every write
/// a page to save a walk a day.
///
/// # Errors
/// Any [`DbError`].
pub async fn sweep(tx: &mut Tx, after: &Place, now: i64) -> Result<(u64, Option<Place>), DbError> {
    let after = after.0.as_slice();
    let last = tx
        .one(
            "SELECT key_digest FROM (SELECT key_digest FROM idempotency WHERE key_digest > $1 \
             ORDER BY key_digest LIMIT 500) AS slice ORDER BY key_digest DESC LIMIT 1",
            &[after.into()],
        )
        .await?;
    let Some(last) = last else {
        return Ok((0, None));
    };
    let last = last.bytes(0)?;
    let gone = tx
        .exec(
            "DELETE FROM idempotency WHERE key_digest > $1 AND key_digest <= $2 AND expires_at <= $3",
            &[after.into(), last.into(), now.into()],
        )
        .await?;
    Ok((gone, Some(Place(last.to_vec()))))
}
