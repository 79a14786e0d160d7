//! What a closing touches: what stands where, how much it is, and what becomes of it.
//!
//! Asked before a closing it says what will wait; while intake is closed, what does. Ids and amounts
//! only: whose they are is behind the vault.

use db::{Db, Tx};
use serde::Serialize;

use crate::status::{scopes_in, strictest};
use crate::{Act, GateError, Scope, Status};

/// What becomes of something while intake is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Its next step that would bind the bank is refused until intake is open; nothing is lost.
    Waits,
    /// It is bound and not carried out yet: it is kept, and carried out once intake is open.
    Parked,
    /// Existing business.
    GoesOn,
}

impl Fate {
    /// Its name in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Parked => "parked",
            Self::GoesOn => "goes_on",
        }
    }
}

/// One of those that a closing touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Its id; of an instalment the loan's and its number.
    pub id: String,
    /// The firm's.
    pub firm_id: String,
    /// In fen.
    pub amount: i64,
}

/// All in one state, to which the same happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Which table.
    pub what: &'static str,
    /// Which state.
    pub state: &'static str,
    /// What becomes of them.
    pub fate: Fate,
    /// How many.
    pub count: i64,
    /// Their sum, in fen.
    pub amount: i64,
    /// The first of them, by id.
    pub items: Vec<Item>,
}

/// How each kind is found; its columns are SQL that both databases read.
struct Kind {
    what: &'static str,
    state: &'static str,
    fate: Fate,
    /// By which acts its next steps bind: a closing of others does not touch it.
    acts: &'static [Act],
    /// Id, firm and amount.
    columns: (&'static str, &'static str, &'static str),
    /// Where `a` is the application.
    from: &'static str,
}

const fn application(state: &'static str, acts: &'static [Act], from: &'static str) -> Kind {
    Kind {
        what: "applications",
        state,
        fate: Fate::Waits,
        acts,
        columns: ("a.id", "a.firm_id", "a.amount"),
        from,
    }
}

const fn draw(state: &'static str, fate: Fate, acts: &'static [Act], from: &'static str) -> Kind {
    Kind {
        what: "draws",
        state,
        fate,
        acts,
        columns: ("d.id", "d.firm_id", "d.amount"),
        from,
    }
}

const fn instalment(state: &'static str, from: &'static str) -> Kind {
    Kind {
        what: "instalments",
        state,
        fate: Fate::GoesOn,
        acts: Act::ALL,
        columns: (
            "i.loan_id || '/' || CAST(i.number AS TEXT)",
            "l.firm_id",
            "i.principal - i.principal_paid + i.interest - i.interest_paid",
        ),
        from,
    }
}

const fn renewal(fate: Fate, acts: &'static [Act]) -> Kind {
    Kind {
        what: "renewals",
        state: "requested",
        fate,
        acts,
        columns: ("r.id", "r.firm_id", "l.principal"),
        from: "renewals r JOIN loans l ON l.id = r.loan_id JOIN contracts c ON c.id = l.contract_id \
               JOIN applications a ON a.id = c.application_id WHERE r.state = 'requested'",
    }
}

/// Closings of these, and those that name no act, leave renewals alone.
const BUT_RENEWALS: &[Act] = &[Act::Application, Act::Contract, Act::LimitIncrease, Act::Draw];

/// An offer is the application's, an approval the contract's.
const BEFORE_THE_OFFER: &[Act] = &[Act::Application, Act::Contract];

const KINDS: &[Kind] = &[
    application(
        "submitted",
        BEFORE_THE_OFFER,
        "applications a WHERE a.state = 'submitted'",
    ),
    application(
        "in_review",
        BEFORE_THE_OFFER,
        "applications a WHERE a.state = 'in_review'",
    ),
    application(
        "pre_approved",
        &[Act::Contract],
        "applications a WHERE a.state = 'pre_approved'",
    ),
    application(
        "accepted",
        &[Act::Contract],
        "applications a WHERE a.state = 'accepted'",
    ),
    application(
        "diligence",
        &[Act::Contract],
        "applications a WHERE a.state = 'diligence'",
    ),
    application(
        "approved",
        &[Act::Contract],
        "applications a WHERE a.state = 'approved'",
    ),
    Kind {
        what: "contracts",
        state: "undrawn",
        fate: Fate::Waits,
        acts: &[Act::Draw],
        columns: ("c.id", "c.firm_id", "c.limit_amount - c.drawn_amount"),
        from: "contracts c JOIN applications a ON a.id = c.application_id \
               WHERE c.state = 'signed' AND c.drawn_amount < c.limit_amount",
    },
    draw(
        "requested",
        Fate::Parked,
        &[Act::Draw],
        "draws d JOIN contracts c ON c.id = d.contract_id JOIN applications a ON a.id = c.application_id \
         WHERE d.state = 'requested'",
    ),
    draw(
        "sent",
        Fate::GoesOn,
        Act::ALL,
        "draws d JOIN contracts c ON c.id = d.contract_id JOIN applications a ON a.id = c.application_id \
         WHERE d.state = 'sent'",
    ),
    renewal(Fate::Waits, &[Act::Renewal]),
    renewal(Fate::GoesOn, BUT_RENEWALS),
    instalment(
        "due",
        "instalments i JOIN loans l ON l.id = i.loan_id JOIN contracts c ON c.id = l.contract_id \
         JOIN applications a ON a.id = c.application_id WHERE i.state = 'due'",
    ),
    instalment(
        "overdue",
        "instalments i JOIN loans l ON l.id = i.loan_id JOIN contracts c ON c.id = l.contract_id \
         JOIN applications a ON a.id = c.application_id WHERE i.state = 'overdue'",
    ),
];

/// How the gate stands for a scope, and every group of it that is not empty with at most so many of its items; a
/// thousand at most. It looks at whole tables: a tenth of a second for 200,000 applications.
///
/// # Errors
/// The database can't be asked, or is none of a lending service.
pub async fn impact(db: &Db, scope: &Scope, items: u16) -> Result<(Status, Vec<Group>), GateError> {
    let (scope, items) = (scope.clone(), i64::from(items.min(1000)));
    db.read(move |tx| {
        Box::pin(async move {
            let status = strictest(scopes_in(tx).await?, &scope).ok_or(GateError::NoRow)?;
            let mut groups = Vec::new();
            for kind in KINDS
                .iter()
                .filter(|kind| scope.acts().any(|act| kind.acts.contains(&act)))
            {
                groups.extend(group(tx, kind, &scope, items).await?);
            }
            Ok((status, groups))
        })
    })
    .await
}

async fn group(tx: &mut Tx, kind: &Kind, scope: &Scope, items: i64) -> Result<Option<Group>, GateError> {
    let (id, firm, amount) = kind.columns;
    let from = format!("{}{}", kind.from, scope.conditions());
    let sums = format!("SELECT COUNT(*), CAST(COALESCE(SUM({amount}), 0) AS BIGINT) FROM {from}");
    let sums = tx.one(&sums, &[]).await?.ok_or(GateError::NoRow)?;
    if sums.int(0)? == 0 {
        return Ok(None);
    }
    let list = format!("SELECT {id}, {firm}, {amount} FROM {from} ORDER BY 1 LIMIT $1");
    let rows = tx.many(&list, &[items.into()]).await?;
    let item = |row: &db::Row| {
        Ok::<_, GateError>(Item {
            id: row.text(0)?.to_owned(),
            firm_id: row.text(1)?.to_owned(),
            amount: row.int(2)?,
        })
    };
    Ok(Some(Group {
        what: kind.what,
        state: kind.state,
        fate: kind.fate,
        count: sums.int(0)?,
        amount: sums.int(1)?,
        items: rows.iter().map(item).collect::<Result<_, _>>()?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fate_has_one_name() {
        for fate in [Fate::Waits, Fate::Parked, Fate::GoesOn] {
            assert_eq!(serde_json::to_value(fate).unwrap(), fate.as_str());
        }
    }

    #[test]
    fn what_waits_is_gated_and_what_goes_on_is_not() {
        for kind in KINDS {
            let gated = crate::GATED.iter().any(|gated| gated.table == kind.what);
            if kind.what == "instalments" {
                assert!(!gated && kind.fate == Fate::GoesOn);
            } else {
                assert!(gated, "{}", kind.what);
            }
        }
    }
}
