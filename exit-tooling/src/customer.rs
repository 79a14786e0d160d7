//! Customers as the plan sees them: what each has, when it last did something, and what keeps it from leaving.

use std::collections::BTreeMap;

use db::{DbError, Tx};

use crate::tables::{self, OF_A_CUSTOMER};

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
const LAST_ACT: &str = "SELECT firm, MAX(at) FROM (
    SELECT id AS firm, created_at AS at FROM firms WHERE id IN ({firms})
    UNION ALL SELECT firm_id, COALESCE(revoked_at, granted_at) FROM consents
        WHERE substr(firm_id, 29) IN (SELECT substr(f.id, 29) FROM ({firms}) f) AND firm_id IN ({firms})
    UNION ALL SELECT firm_id, updated_at FROM applications WHERE firm_id IN ({firms})
    UNION ALL SELECT firm_id, signed_at FROM contracts WHERE firm_id IN ({firms})
    UNION ALL SELECT firm_id, COALESCE(paid_at, sent_at, created_at) FROM draws WHERE firm_id IN ({firms})
    UNION ALL SELECT firm_id, settled_at FROM loans WHERE firm_id IN ({firms})
    UNION ALL SELECT firm_id, COALESCE(decided_at, created_at) FROM renewals WHERE firm_id IN ({firms})
    UNION ALL SELECT loans.firm_id, repayments.created_at FROM loans JOIN repayments ON repayments.loan_id = loans.id
        WHERE loans.firm_id IN ({firms})
    ) acts GROUP BY firm";

/// What has to be settled first; each answers how many there are, by customer.
const OPEN: &[(&str, &str)] = &[
    (
        "loans that are not settled",
        "SELECT firm_id, COUNT(*) FROM loans WHERE firm_id IN ({firms}) \
         AND (state <> 'settled' OR principal + interest + penalty > 0) GROUP BY firm_id",
    ),
    (
        "contracts with an undrawn commitment",
        "SELECT firm_id, COUNT(*) FROM contracts WHERE firm_id IN ({firms}) AND state <> 'closed' \
         AND drawn_amount < limit_amount GROUP BY firm_id",
    ),
    (
        "draws that are neither paid nor failed",
        "SELECT firm_id, COUNT(*) FROM draws WHERE firm_id IN ({firms}) AND state NOT IN ('paid', 'failed') \
         GROUP BY firm_id",
    ),
    (
        "applications that are not at an end",
        "SELECT firm_id, COUNT(*) FROM applications WHERE firm_id IN ({firms}) \
         AND state NOT IN ('declined', 'rejected', 'signed', 'expired', 'cancelled') GROUP BY firm_id",
    ),
    (
        "requests for more time that are not decided",
        "SELECT firm_id, COUNT(*) FROM renewals WHERE firm_id IN ({firms}) AND state = 'requested' GROUP BY firm_id",
    ),
    (
        "notices or payments that wait to be sent",
        "WITH waiting AS (SELECT reference FROM outbox WHERE state = 'pending') SELECT firm, COUNT(*) FROM (
            SELECT reference AS firm FROM waiting WHERE reference IN ({firms})
            UNION ALL SELECT t.firm_id FROM waiting w JOIN applications t ON t.id = w.reference
            UNION ALL SELECT t.firm_id FROM waiting w JOIN contracts t ON t.id = w.reference
            UNION ALL SELECT t.firm_id FROM waiting w JOIN consents t ON t.id = w.reference
            UNION ALL SELECT t.firm_id FROM waiting w JOIN draws t ON t.id = w.reference
            UNION ALL SELECT t.firm_id FROM waiting w JOIN loans t ON t.id = w.reference
            UNION ALL SELECT t.firm_id FROM waiting w JOIN renewals t ON t.id = w.reference
         ) named WHERE firm IN ({firms}) GROUP BY firm",
    ),
];

/// Looks at customers, at most [`AT_ONCE`]; there is none for a firm that is not there.
///
/// # Errors
/// Any [`DbError`].
///
/// [`AT_ONCE`]: crate::tables::AT_ONCE
pub async fn look(tx: &mut Tx, firms: &[String]) -> Result<BTreeMap<String, Customer>, DbError> {
    let (dialect, firms) = (tx.dialect(), tables::json(firms));
    let mut seen: BTreeMap<String, Customer> = BTreeMap::new();
    for row in tx
        .many(&tables::spelled(LAST_ACT, dialect), &[(&firms).into()])
        .await?
    {
        let customer = Customer {
            rows: BTreeMap::new(),
            last_act: row.opt_int(1)?.unwrap_or_default(),
            reasons: Vec::new(),
        };
        seen.insert(row.text(0)?.to_owned(), customer);
    }
    for table in OF_A_CUSTOMER {
        let sql = format!(
            "SELECT {} AS firm, COUNT(*) FROM {} WHERE {} GROUP BY 1",
            table.firm,
            table.name,
            table.of(dialect)
        );
        for row in tx.many(&sql, &[(&firms).into()]).await? {
            if let Some(customer) = seen.get_mut(row.text(0)?) {
                customer.rows.insert(table.name, row.int(1)?);
            }
        }
    }
    for (what, sql) in OPEN {
        for row in tx
            .many(&tables::spelled(sql, dialect), &[(&firms).into()])
            .await?
        {
            if let Some(customer) = seen.get_mut(row.text(0)?) {
                customer.reasons.push(format!("{} {what}", row.int(1)?));
            }
        }
    }
    // Rows of others can be left of somebody who is gone; whoever has no row of its own is no customer.
    seen.retain(|_, customer| customer.rows.contains_key("firms"));
    Ok(seen)
}
