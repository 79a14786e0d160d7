//! Consents per source and purpose.

use std::sync::LazyLock;

use db::{DbError, Dialect, Tx, V};

/// A consent as stored.
#[derive(Debug, Clone)]
pub struct Consent {
    /// Who gave it.
    pub firm_id: String,
    /// The source.
    pub source: String,
    /// The purpose.
    pub purpose: String,
    /// Microseconds.
    pub expires_at: i64,
    /// Microseconds, once revoked.
    pub revoked_at: Option<i64>,
}

/// A new consent.
#[derive(Debug)]
pub struct NewConsent<'a> {
    /// Typed id.
    pub id: &'a str,
    /// Who gives it.
    pub firm_id: &'a str,
    /// The source that may be asked.
    pub source: &'a str,
    /// What for.
    pub purpose: &'a str,
    /// Digest of the request that wrote the row.
    pub digest: &'a str,
    /// Microseconds.
    pub granted_at: i64,
    /// Microseconds.
    pub expires_at: i64,
}

/// Consents in one statement at most: six sources for two purposes.
const AT_ONCE: usize = 12;

/// The statement that inserts so many consents, less one: written once, for composing it costs as much as running it.
static INSERTS: LazyLock<Vec<String>> = LazyLock::new(|| (1..=AT_ONCE).map(insertion).collect());

fn insertion(rows: usize) -> String {
    let row = |row: usize| {
        let columns = (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column));
        format!("({})", columns.collect::<Vec<_>>().join(", "))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO consents (id, firm_id, source, purpose, request_digest, granted_at, expires_at) VALUES {}",
        rows.join(", ")
    )
}

/// Columns of a new consent.
const COLUMNS: usize = 7;

/// Inserts consents, up to twelve in one statement: a round trip costs more than a row.
///
/// # Errors
/// [`DbError::Constraint`] when there is no such firm.
pub async fn insert(tx: &mut Tx, new: &[NewConsent<'_>]) -> Result<(), DbError> {
    for some in new.chunks(AT_ONCE) {
        let mut values: Vec<V<'_>> = Vec::with_capacity(some.len() * COLUMNS);
        for consent in some {
            values.extend([
                V::from(consent.id),
                consent.firm_id.into(),
                consent.source.into(),
                consent.purpose.into(),
                consent.digest.into(),
                consent.granted_at.into(),
                consent.expires_at.into(),
            ]);
        }
        tx.exec(&INSERTS[some.len() - 1], &values).await?;
    }
    Ok(())
}

/// Reads a consent.
///
/// # Errors
/// Any [`DbError`].
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Consent>, DbError> {
    let row = tx
        .one(
            "SELECT source, purpose, expires_at, revoked_at, firm_id FROM consents WHERE id = $1",
            &[id.into()],
        )
        .await?;
    row.map(|row| {
        Ok(Consent {
            source: row.text(0)?.to_owned(),
            purpose: row.text(1)?.to_owned(),
            expires_at: row.int(2)?,
            revoked_at: row.opt_int(3)?,
            firm_id: row.text(4)?.to_owned(),
        })
    })
    .transpose()
}

/// Revokes a consent; revoking it again keeps the first time.
///
/// # Errors
/// Any [`DbError`].
pub async fn revoke(tx: &mut Tx, id: &str, at: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE consents SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        &[id.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// The newest live consent of a firm for a source and purpose, held until the
/// transaction ends, so that a revocation is either seen or comes after.
///
/// # Errors
/// Any [`DbError`].
pub async fn live(
    tx: &mut Tx,
    firm_id: &str,
    source: &str,
    purpose: &str,
    now: i64,
) -> Result<Option<String>, DbError> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => {
            "SELECT id FROM consents WHERE substr(firm_id, 29) = substr($1, 29) AND firm_id = $1 AND source = $2 AND purpose = $3 \
             AND revoked_at IS NULL AND expires_at > $4 ORDER BY granted_at DESC LIMIT 1"
        }
        Dialect::Postgres => {
            "SELECT id FROM consents WHERE substr(firm_id, 29) = substr($1, 29) AND firm_id = $1 AND source = $2 AND purpose = $3 \
             AND revoked_at IS NULL AND expires_at > $4 ORDER BY granted_at DESC LIMIT 1 FOR SHARE"
        }
    };
    let row = tx
        .one(sql, &[firm_id.into(), source.into(), purpose.into(), now.into()])
        .await?;
    row.map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

/// Which of these consents are revoked. All of them are held until the transaction
/// ends, so that a later revocation waits and finds what this transaction recorded.
///
/// Shared, as two that conclude under one consent are in nobody's way, and a
/// revocation touches one consent only: no circle of waiting can come about.
///
/// # Errors
/// Any [`DbError`].
pub async fn hold_revoked(tx: &mut Tx, ids: &[&str]) -> Result<Vec<String>, DbError> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => {
            "SELECT id, revoked_at FROM consents WHERE id IN (SELECT value FROM json_each($1))"
        }
        Dialect::Postgres => {
            "SELECT id, revoked_at FROM consents \
             WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb)) FOR SHARE OF consents"
        }
    };
    let ids = serde_json::Value::from(ids).to_string();
    let rows = tx.many(sql, &[(&ids).into()]).await?;
    let mut revoked = Vec::new();
    for row in &rows {
        if row.opt_int(1)?.is_some() {
            revoked.push(row.text(0)?.to_owned());
        }
    }
    Ok(revoked)
}

/// Whether a firm has a live consent to anything.
///
/// # Errors
/// Any [`DbError`].
pub async fn any_live(tx: &mut Tx, firm_id: &str, now: i64) -> Result<bool, DbError> {
    let sql = "SELECT id FROM consents WHERE substr(firm_id, 29) = substr($1, 29) AND firm_id = $1 \
               AND revoked_at IS NULL AND expires_at > $2 LIMIT 1";
    Ok(tx.one(sql, &[firm_id.into(), now.into()]).await?.is_some())
}
