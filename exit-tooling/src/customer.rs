//! One customer as the plan sees it: what it has, when it last did something, and what keeps it from leaving.

use std::collections::BTreeMap;

use db::{DbError, Tx};

use crate::tables::OF_A_CUSTOMER;

/// What a customer has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Rows by table.
    pub rows: BTreeMap<&'static str, i64>,
    /// The last thing that happened between it and the bank, microseconds since 1970.
    pub last_act: i64,
    /// Why it cannot leave yet, in words of ours and numbers; none if it can.
    pub reasons: Vec<String>,
}

/// The last act: registered, consented, applied or decided, signed, paid, repaid, settled.
const LAST_ACT: &str = "SELECT MAX(at) FROM (
    SELECT MAX(created_at) AS at FROM firms WHERE id = $1
    UNION ALL SELECT MAX(COALESCE(revoked_at, granted_at)) FROM consents
        WHERE substr(firm_id, 29) = substr($1, 29) AND firm_id = $1
    UNION ALL SELECT MAX(updated_at) FROM applications WHERE firm_id = $1
    UNION ALL SELECT MAX(signed_at) FROM contracts WHERE firm_id = $1
    UNION ALL SELECT MAX(COALESCE(paid_at, sent_at, created_at)) FROM draws WHERE firm_id = $1
    UNION ALL SELECT MAX(settled_at) FROM loans WHERE firm_id = $1
    UNION ALL SELECT MAX(COALESCE(decided_at, created_at)) FROM renewals WHERE firm_id = $1
    UNION ALL SELECT MAX(created_at) FROM repayments WHERE loan_id IN (SELECT id FROM loans WHERE firm_id = $1)
    ) acts";

/// What has to be settled first; each answers how many there are.
const OPEN: &[(&str, &str)] = &[
    (
        "loans that are not settled",
        "SELECT COUNT(*) FROM loans WHERE firm_id = $1 AND (state <> 'settled' OR principal + interest + penalty > 0)",
    ),
    (
        "contracts with an undrawn commitment",
        "SELECT COUNT(*) FROM contracts WHERE firm_id = $1 AND state <> 'closed' AND drawn_amount < limit_amount",
    ),
    (
        "draws that are neither paid nor failed",
        "SELECT COUNT(*) FROM draws WHERE firm_id = $1 AND state NOT IN ('paid', 'failed')",
    ),
    (
        "applications that are not at an end",
        "SELECT COUNT(*) FROM applications WHERE firm_id = $1 \
         AND state NOT IN ('declined', 'rejected', 'signed', 'expired', 'cancelled')",
    ),
    (
        "requests for more time that are not decided",
        "SELECT COUNT(*) FROM renewals WHERE firm_id = $1 AND state = 'requested'",
    ),
    (
        "notices or payments that wait to be sent",
        "SELECT COUNT(*) FROM outbox WHERE state = 'pending' AND (reference = $1 \
         OR reference IN (SELECT id FROM applications WHERE firm_id = $1) \
         OR reference IN (SELECT id FROM contracts WHERE firm_id = $1) \
         OR reference IN (SELECT id FROM consents WHERE substr(firm_id, 29) = substr($1, 29) AND firm_id = $1) \
         OR reference IN (SELECT id FROM draws WHERE firm_id = $1) \
         OR reference IN (SELECT id FROM loans WHERE firm_id = $1) \
         OR reference IN (SELECT id FROM renewals WHERE firm_id = $1))",
    ),
];

/// Looks at a customer; `None` if there is no such firm.
///
/// # Errors
/// Any [`DbError`].
pub async fn look(tx: &mut Tx, firm: &str) -> Result<Option<Customer>, DbError> {
    let mut rows = BTreeMap::new();
    for table in OF_A_CUSTOMER {
        let sql = format!("SELECT COUNT(*) FROM {} WHERE {}", table.name, table.of);
        let count = tx
            .one(&sql, &[firm.into()])
            .await?
            .map_or(Ok(0), |row| row.int(0))?;
        if count > 0 {
            rows.insert(table.name, count);
        }
    }
    if !rows.contains_key("firms") {
        return Ok(None);
    }
    let last = tx.one(LAST_ACT, &[firm.into()]).await?;
    let last_act = last.map_or(Ok(None), |row| row.opt_int(0))?.unwrap_or_default();
    let mut reasons = Vec::new();
    for (what, sql) in OPEN {
        let open = tx
            .one(sql, &[firm.into()])
            .await?
            .map_or(Ok(0), |row| row.int(0))?;
        if open > 0 {
            reasons.push(format!("{open} {what}"));
        }
    }
    Ok(Some(Customer {
        rows,
        last_act,
        reasons,
    }))
}
