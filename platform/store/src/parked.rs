//! Draws that wait for intake to open: requested, and their instruction has not left. In a restored database it may
//! have left before: such a draw goes on, as core banking may have paid.

use db::{DbError, Tx};

use crate::draws::Draw;

/// A draw that waits.
#[derive(Debug, Clone)]
pub struct Parked {
    /// The draw.
    pub draw: Draw,
    /// The number of the payment's effect in the outbox.
    pub effect: i64,
}

/// Those of applications `a` for which the conditions hold, oldest first. Each has a payment in the outbox that is
/// pending, of which there are few, so they are looked for there.
///
/// # Errors
/// Any [`DbError`].
pub async fn of(tx: &mut Tx, conditions: &str) -> Result<Vec<Parked>, DbError> {
    let sql = format!(
        "SELECT d.id, d.contract_id, d.firm_id, d.amount, d.state, o.number \
         FROM outbox o JOIN draws d ON d.id = o.reference JOIN contracts c ON c.id = d.contract_id \
         JOIN applications a ON a.id = c.application_id \
         WHERE o.state = 'pending' AND o.kind = 'payment' AND d.state = 'requested'{conditions} \
         AND NOT EXISTS (SELECT 1 FROM recovery_settled s WHERE s.fact = d.id) ORDER BY o.number"
    );
    let rows = tx.many(&sql, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Parked {
                draw: Draw {
                    id: row.text(0)?.to_owned(),
                    contract_id: row.text(1)?.to_owned(),
                    firm_id: row.text(2)?.to_owned(),
                    amount: row.int(3)?,
                    state: row.text(4)?.to_owned(),
                },
                effect: row.int(5)?,
            })
        })
        .collect()
}
