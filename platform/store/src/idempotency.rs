//! Stored answers by principal and `Idempotency-Key`.

use db::{DbError, Tx};
use sha2::{Digest, Sha256};
use uuid::Uuid;

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

/// Bytes of the digest: the first half of SHA-256. 128 bits are enough that two keys never share
/// them by chance.
const HALF: usize = 16;

/// The milliseconds that a UUID of version 7 begins with (RFC 9562, 5.7).
const TIME: usize = 6;

/// What a row is found by: half of SHA-256 over principal, a zero byte (which no name holds) and key.
///
/// A key that is a UUID of version 7 has its time before that, so that keys of the same time share
/// the index's last pages; others land on a page each, at random. The time is only a place: a false
/// one costs its sender that page.
fn place(principal: &str, key: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(principal);
    hash.update([0]);
    hash.update(key);
    let mut place = Vec::with_capacity(TIME + HALF);
    if let Ok(uuid) = Uuid::try_parse(key)
        && uuid.get_version_num() == 7
    {
        place.extend_from_slice(&uuid.as_bytes()[..TIME]);
    }
    place.extend_from_slice(&hash.finalize()[..HALF]);
    place
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
                place(principal, key).as_slice().into(),
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
            &[place(principal, key).as_slice().into()],
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
                place(principal, key).as_slice().into(),
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
        &[place(principal, key).as_slice().into()],
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_tell_their_time_stand_in_its_order_and_others_anywhere() {
        let keys = [
            "01a216b9-5d06-77d2-9278-6d5219ad613a",
            "01a216b95d0777d292786d5219ad613a",
            "01A216B95D0877D292786D5219AD613A",
        ];
        let places = keys.map(|key| place("channel", key));
        assert!(places.is_sorted());
        assert!(places.iter().all(|place| place.len() == TIME + HALF));
        assert_ne!(place("channel", keys[1]), place("partner", keys[1]));
        for random in ["01a216b95d0747d292786d5219ad613a", "order 7", ""] {
            assert_eq!(place("channel", random).len(), HALF, "{random}");
        }
    }
}
