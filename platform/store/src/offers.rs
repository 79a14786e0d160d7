//! Offers. Inserting one is gated.

use db::{DbError, Tx};

/// An offer as stored.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Typed id.
    pub id: String,
    /// Fen.
    pub limit: i64,
    /// Parts per million a year.
    pub rate_ppm: i64,
    /// State.
    pub state: String,
    /// Microseconds.
    pub expires_at: i64,
}

/// Inserts an open offer; its reasons are those of the decision.
///
/// # Errors
/// [`DbError::Raised`] `intake_closed` while intake is not open.
pub async fn insert(tx: &mut Tx, application_id: &str, offer: &Offer, at: i64) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO offers (id, application_id, limit_amount, rate_ppm, state, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            (&offer.id).into(),
            application_id.into(),
            offer.limit.into(),
            offer.rate_ppm.into(),
            (&offer.state).into(),
            at.into(),
            offer.expires_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The offer of an application.
///
/// # Errors
/// Any [`DbError`].
pub async fn of_application(tx: &mut Tx, application_id: &str) -> Result<Option<Offer>, DbError> {
    let row = tx
        .one(
            "SELECT id, limit_amount, rate_ppm, state, expires_at FROM offers WHERE application_id = $1",
            &[application_id.into()],
        )
        .await?;
    row.map(|row| {
        Ok(Offer {
            id: row.text(0)?.to_owned(),
            limit: row.int(1)?,
            rate_ppm: row.int(2)?,
            state: row.text(3)?.to_owned(),
            expires_at: row.int(4)?,
        })
    })
    .transpose()
}

/// Moves an offer to a state.
///
/// # Errors
/// Any [`DbError`].
pub async fn set_state(tx: &mut Tx, id: &str, state: &str) -> Result<(), DbError> {
    tx.exec(
        "UPDATE offers SET state = $2 WHERE id = $1",
        &[id.into(), state.into()],
    )
    .await?;
    Ok(())
}
