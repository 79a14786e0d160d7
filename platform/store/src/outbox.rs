//! Effects promised in a transaction and delivered after it.

use db::{DbError, Dialect, Tx, V};

/// An effect as stored.
#[derive(Debug, Clone)]
pub struct Effect {
    /// The row's number.
    pub number: i64,
    /// Typed id; what a receiver tells a repetition by.
    pub id: String,
    /// The lane that it belongs to.
    pub lane: String,
    /// `payment` or `notice`.
    pub kind: String,
    /// What it is about.
    pub reference: String,
    /// Attempts so far.
    pub attempts: i64,
    /// When it may be tried next, microseconds.
    pub next_at: i64,
}

/// Promises an effect.
///
/// # Errors
/// Any [`DbError`].
pub async fn insert(
    tx: &mut Tx,
    id: &str,
    lane: &str,
    kind: &str,
    reference: &str,
    at: i64,
) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO outbox (id, lane, kind, reference, state, attempts, next_at, created_at, state_since) \
         VALUES ($1, $2, $3, $4, 'pending', 0, $5, $5, $5)",
        &[id.into(), lane.into(), kind.into(), reference.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// What is due of one kind, oldest first.
///
/// # Errors
/// Any [`DbError`].
pub async fn due(tx: &mut Tx, kind: &str, now: i64, most: i64) -> Result<Vec<Effect>, DbError> {
    let rows = tx
        .many(
            "SELECT number, id, lane, kind, reference, attempts, next_at FROM outbox \
             WHERE state = 'pending' AND kind = $1 AND next_at <= $2 ORDER BY next_at LIMIT $3",
            &[kind.into(), now.into(), most.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Effect {
                number: row.int(0)?,
                id: row.text(1)?.to_owned(),
                lane: row.text(2)?.to_owned(),
                kind: row.text(3)?.to_owned(),
                reference: row.text(4)?.to_owned(),
                attempts: row.int(5)?,
                next_at: row.int(6)?,
            })
        })
        .collect()
}

/// Leases an effect until `until`; false if another worker was faster.
///
/// # Errors
/// Any [`DbError`].
pub async fn lease(tx: &mut Tx, effect: &Effect, until: i64) -> Result<bool, DbError> {
    let changed = tx
        .exec(
            "UPDATE outbox SET attempts = attempts + 1, next_at = $3 \
             WHERE number = $1 AND state = 'pending' AND next_at = $2",
            &[effect.number.into(), effect.next_at.into(), until.into()],
        )
        .await?;
    Ok(changed == 1)
}

/// Marks an effect as delivered.
///
/// # Errors
/// Any [`DbError`].
pub async fn done(tx: &mut Tx, number: i64, at: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE outbox SET state = 'done', state_since = $2, failure = NULL WHERE number = $1",
        &[number.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// Marks a batch of effects as delivered, in one statement.
///
/// # Errors
/// Any [`DbError`].
pub async fn all_done(tx: &mut Tx, numbers: impl Iterator<Item = i64>, at: i64) -> Result<(), DbError> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => {
            "UPDATE outbox SET state = 'done', state_since = $1, failure = NULL \
             WHERE number IN (SELECT value FROM json_each($2))"
        }
        Dialect::Postgres => {
            "UPDATE outbox SET state = 'done', state_since = $1, failure = NULL \
             WHERE number IN (SELECT CAST(jsonb_array_elements_text($2::jsonb) AS BIGINT))"
        }
    };
    let numbers = serde_json::Value::from_iter(numbers).to_string();
    tx.exec(sql, &[at.into(), (&numbers).into()]).await?;
    Ok(())
}

/// Puts an effect off, with why.
///
/// # Errors
/// Any [`DbError`].
pub async fn put_off(tx: &mut Tx, number: i64, next_at: i64, failure: &str) -> Result<(), DbError> {
    tx.exec(
        "UPDATE outbox SET next_at = $2, failure = $3 WHERE number = $1 AND state = 'pending'",
        &[number.into(), next_at.into(), failure.into()],
    )
    .await?;
    Ok(())
}

/// Gives an effect up: a person has to look.
///
/// # Errors
/// Any [`DbError`].
pub async fn dead(tx: &mut Tx, number: i64, failure: &str) -> Result<(), DbError> {
    tx.exec(
        "UPDATE outbox SET state = 'dead', failure = $2 WHERE number = $1",
        &[number.into(), failure.into()],
    )
    .await?;
    Ok(())
}

/// How much waits, how much was given up, and since when the oldest waits (microseconds).
///
/// # Errors
/// Any [`DbError`].
pub async fn backlog(tx: &mut Tx) -> Result<(i64, i64, Option<i64>), DbError> {
    let pending = tx
        .one(
            "SELECT COUNT(*), MIN(created_at) FROM outbox WHERE state = 'pending'",
            &[] as &[V<'_>],
        )
        .await?;
    let dead = tx
        .one(
            "SELECT COUNT(*) FROM outbox WHERE state = 'dead'",
            &[] as &[V<'_>],
        )
        .await?;
    let dead = dead.map_or(Ok(0), |row| row.int(0))?;
    pending.map_or(Ok((0, dead, None)), |row| {
        Ok((row.int(0)?, dead, row.opt_int(1)?))
    })
}
