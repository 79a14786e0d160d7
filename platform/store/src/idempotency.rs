//! Stored answers by principal and `Idempotency-Key`.

use db::{DbError, Tx};

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
            "INSERT INTO idempotency (principal, key, route, request_digest, status, answer, created_at, \
             expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (principal, key) DO NOTHING",
            &[
                principal.into(),
                key.into(),
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
             WHERE principal = $1 AND key = $2",
            &[principal.into(), key.into()],
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
            "UPDATE idempotency SET status = $3, answer = $4 WHERE principal = $1 AND key = $2 AND status = 0",
            &[
                principal.into(),
                key.into(),
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
        "DELETE FROM idempotency WHERE principal = $1 AND key = $2",
        &[principal.into(), key.into()],
    )
    .await?;
    Ok(())
}

/// How far a sweep has come: the last principal and key that it looked at.
pub type Place = (String, String);

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
    let last = tx
        .one(
            "SELECT principal, key FROM (SELECT principal, key FROM idempotency \
             WHERE (principal, key) > ($1, $2) ORDER BY principal, key LIMIT 500) AS slice \
             ORDER BY principal DESC, key DESC LIMIT 1",
            &[(&after.0).into(), (&after.1).into()],
        )
        .await?;
    let Some(last) = last else {
        return Ok((0, None));
    };
    let last = (last.text(0)?.to_owned(), last.text(1)?.to_owned());
    let gone = tx
        .exec(
            "DELETE FROM idempotency WHERE (principal, key) > ($1, $2) AND (principal, key) <= ($3, $4) \
             AND expires_at <= $5",
            &[
                (&after.0).into(),
                (&after.1).into(),
                (&last.0).into(),
                (&last.1).into(),
                now.into(),
            ],
        )
        .await?;
    Ok((gone, Some(last)))
}
