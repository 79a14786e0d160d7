//! What tells a restored database from one that lost nothing: its identity, what was revoked and sent when, how given
//! consents and draws stand, and which facts that it lacks were dealt with.

use db::{DbError, Dialect, Row, Tx};

/// A place in the order of time: microseconds, and the id among those of one moment.
pub type Place = (i64, String);

/// Which database it is; 32 hex digits that a copy has as well.
///
/// # Errors
/// Any [`DbError`].
pub async fn identity(tx: &mut Tx) -> Result<String, DbError> {
    let row = tx.one("SELECT id FROM recovery_identity", &[]).await?;
    let row = row.ok_or_else(|| DbError::Other("the database has no identity".to_owned()))?;
    Ok(row.text(0)?.to_owned())
}

/// Consents that were revoked after a place, the oldest first.
///
/// # Errors
/// Any [`DbError`].
pub async fn revoked_after(tx: &mut Tx, place: &Place, most: i64) -> Result<Vec<Place>, DbError> {
    let sql = "SELECT revoked_at, id FROM consents WHERE revoked_at IS NOT NULL AND (revoked_at, id) > ($1, $2) \
               ORDER BY revoked_at, id LIMIT $3";
    places(tx, sql, place, most).await
}

/// Draws whose instruction left after a place, the oldest first.
///
/// # Errors
/// Any [`DbError`].
pub async fn sent_after(tx: &mut Tx, place: &Place, most: i64) -> Result<Vec<Place>, DbError> {
    let sql = "SELECT sent_at, id FROM draws WHERE sent_at IS NOT NULL AND (sent_at, id) > ($1, $2) \
               ORDER BY sent_at, id LIMIT $3";
    places(tx, sql, place, most).await
}

async fn places(tx: &mut Tx, sql: &str, place: &Place, most: i64) -> Result<Vec<Place>, DbError> {
    let rows = tx
        .many(sql, &[place.0.into(), (&place.1).into(), most.into()])
        .await?;
    let place = |row: &Row| Ok((row.int(0)?, row.text(1)?.to_owned()));
    rows.iter().map(place).collect()
}

/// Of these consents those that are there, and when they were revoked.
///
/// # Errors
/// Any [`DbError`].
pub async fn consents(tx: &mut Tx, ids: &[&str]) -> Result<Vec<(String, Option<i64>)>, DbError> {
    let rows = of(tx, "SELECT id, revoked_at FROM consents WHERE id IN", ids).await?;
    let consent = |row: &Row| Ok((row.text(0)?.to_owned(), row.opt_int(1)?));
    rows.iter().map(consent).collect()
}

/// Of these draws those that are there, and their states.
///
/// # Errors
/// Any [`DbError`].
pub async fn draws(tx: &mut Tx, ids: &[&str]) -> Result<Vec<(String, String)>, DbError> {
    let rows = of(tx, "SELECT id, state FROM draws WHERE id IN", ids).await?;
    let draw = |row: &Row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
    rows.iter().map(draw).collect()
}

/// When a consent was revoked, if it was.
///
/// # Errors
/// Any [`DbError`].
pub async fn revoked_at(tx: &mut Tx, consent: &str) -> Result<Option<i64>, DbError> {
    at(tx, "SELECT revoked_at FROM consents WHERE id = $1", consent).await
}

/// When a draw was marked as sent, if it was.
///
/// # Errors
/// Any [`DbError`].
pub async fn sent_at(tx: &mut Tx, draw: &str) -> Result<Option<i64>, DbError> {
    at(tx, "SELECT sent_at FROM draws WHERE id = $1", draw).await
}

async fn at(tx: &mut Tx, sql: &str, id: &str) -> Result<Option<i64>, DbError> {
    match tx.one(sql, &[id.into()]).await? {
        Some(row) => row.opt_int(0),
        None => Ok(None),
    }
}

/// Of these facts those that were dealt with.
///
/// # Errors
/// Any [`DbError`].
pub async fn settled(tx: &mut Tx, facts: &[&str]) -> Result<Vec<String>, DbError> {
    let rows = of(tx, "SELECT fact FROM recovery_settled WHERE fact IN", facts).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

/// Remembers that these facts were dealt with.
///
/// # Errors
/// Any [`DbError`].
pub async fn settle(tx: &mut Tx, facts: &[&str], at: i64) -> Result<(), DbError> {
    let list = list(tx);
    // WHERE keeps SQLite from taking ON for a join's.
    let sql = format!(
        "INSERT INTO recovery_settled (fact, at) SELECT f.fact, $2 FROM ({list}) f WHERE true \
         ON CONFLICT (fact) DO NOTHING"
    );
    let facts = serde_json::Value::from(facts).to_string();
    tx.exec(&sql, &[(&facts).into(), at.into()]).await?;
    Ok(())
}

/// The rows whose key is among these.
async fn of(tx: &mut Tx, select: &str, keys: &[&str]) -> Result<Vec<Row>, DbError> {
    let sql = format!("{select} ({})", list(tx));
    let keys = serde_json::Value::from(keys).to_string();
    tx.many(&sql, &[(&keys).into()]).await
}

/// The texts of a JSON array, as rows.
fn list(tx: &Tx) -> &'static str {
    match tx.dialect() {
        Dialect::Sqlite => "SELECT value AS fact FROM json_each($1)",
        Dialect::Postgres => "SELECT jsonb_array_elements_text($1::jsonb) AS fact",
    }
}
