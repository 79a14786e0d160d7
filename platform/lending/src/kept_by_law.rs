//! Whether law keeps a firm's data.

use db::Db;
use domain::ids::FirmId;
use store::contracts;

use crate::Refusal;

/// Whether law keeps what a firm's keys seal, the raw answers of sources excepted:
/// once there is a contract, identification and transactions for ten years (AML Law
/// 2024, 34), the credit file until claims are time-barred (Civil Code, 188). When
/// those terms end is for the exit's retention rules; here any contract keeps.
///
/// # Errors
/// The database's refusal.
pub async fn kept_by_law(db: &Db, firm: &FirmId) -> Result<bool, Refusal> {
    let firm = firm.to_string();
    db.read(move |tx| Box::pin(async move { Ok(contracts::any_of_firm(tx, &firm).await?) }))
        .await
}
