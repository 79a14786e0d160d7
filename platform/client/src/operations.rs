//! What operators do: intake, end of day, corrections.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v1/intake/close`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntakeOrder {
    /// Why, 1–200 characters.
    pub reason: String,
    /// The incident's reference, at most 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// Which new business: `everything`, which it is without this, or parts as in
    /// `act=draw,product=credit,channel=app,region=330100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The contract's clause by which draws may be held back, 1–100 characters; needed where the act is `draw`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// Until when, as far as is known: Unix time in microseconds. Nothing opens by itself then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

impl IntakeOrder {
    /// To close everything, for this reason.
    #[must_use]
    pub fn everything(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            incident: None,
            scope: None,
            clause: None,
            until: None,
        }
    }
}

/// How intake stands for one scope: `GET /v1/intake` of everything, the answer of close of what was closed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Intake {
    /// `everything`, or the parts of a scope.
    pub scope: String,
    /// `open`, `closing`, `closed`, `reopening`, or `closed (unverified)` when the database cannot be
    /// asked, or lost later changes.
    pub state: String,
    /// That of the scope's last change; it grows with every close and every reopening of any scope, never falls.
    pub epoch: i64,
    /// Why, as given with the last change.
    pub reason: String,
    /// Who made the last change.
    pub actor: String,
    /// The incident that the last change belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// The clause by which draws under signed contracts are held back, where one was cited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// Until when, as the one who closed expects: Unix time in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Unix time of the last change, in microseconds.
    pub changed_at: i64,
    /// Transactions ended by force on closing.
    #[serde(default)]
    pub terminated: u32,
    /// The other scopes that are not open. The strictest that a request belongs to counts.
    #[serde(default)]
    pub shut: Vec<ShutScope>,
}

/// A scope that is not open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShutScope {
    /// Its parts, or `everything`.
    pub scope: String,
    /// `closing`, `closed` or `reopening`.
    pub state: String,
    /// That of its closing.
    pub epoch: i64,
    /// Why, as given.
    pub reason: String,
    /// Who closed it.
    pub actor: String,
    /// The clause that was cited for draws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// Until when, as far as is known: Unix time in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Unix time of the last change, in microseconds.
    pub changed_at: i64,
}

/// One move of the intake gate, or an order that found it where it was wanted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IntakeMove {
    /// Dense, from 1.
    pub number: i64,
    /// Which new business.
    pub scope: String,
    /// Where it led to: `closing`, `closed`, `open`.
    pub state: String,
    /// The epoch after it.
    pub epoch: i64,
    /// Why, as given.
    pub reason: String,
    /// Who ordered it.
    pub actor: String,
    /// The incident that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// The clause that was cited for draws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// Until when it was expected to last: Unix time in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Transactions ended by force for it.
    pub terminated: u32,
    /// The proposal by which several persons agreed on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// Unix time, in microseconds.
    pub at: i64,
}

/// `GET /v1/intake/history`: the newest 200, the newest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IntakeHistory {
    /// Moves and orders.
    pub moves: Vec<IntakeMove>,
}

/// A transaction that a closing ended while it had a draw in hand, so that money may have moved.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IntakeDoubt {
    /// Its id.
    pub id: String,
    /// The epoch of the closing, as far as it was known when the transaction was ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<i64>,
    /// The process id of the database's session.
    pub pid: i64,
    /// What the session called itself.
    pub application: String,
    /// The database's role that it worked as.
    pub role: String,
    /// How long its transaction had been open, in milliseconds.
    pub open_ms: i64,
    /// When it was ended: Unix time in microseconds.
    pub at: i64,
    /// `moved` or `not_moved`, once a person has asked core banking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// Why that is believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_by: Option<String>,
    /// When: Unix time in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<i64>,
}

/// `GET /v1/intake/doubts`: open ones first, then the newest; 200 at most.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IntakeDoubts {
    /// The cases.
    pub doubts: Vec<IntakeDoubt>,
}

/// `POST /v1/intake/doubts/{id}/finding`: what core banking said.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleDoubt {
    /// `moved` or `not_moved`.
    pub finding: String,
    /// Why that is believed, for example core banking's reference; 1–200 characters.
    pub reason: String,
}

/// One of those that a closing of intake touches.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImpactItem {
    /// Its id; of an instalment the loan's and its number.
    pub id: String,
    /// The firm's id.
    pub firm_id: String,
    /// In fen.
    pub amount: i64,
}

/// All in one state, to which the same happens.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImpactGroup {
    /// `applications`, `contracts`, `draws` or `instalments`.
    pub what: String,
    /// In which state.
    pub state: String,
    /// `waits` (its next step is refused until intake is open), `parked` (kept, and carried out then) or
    /// `goes_on` (existing business).
    pub fate: String,
    /// How many.
    pub count: i64,
    /// Their sum, in fen.
    pub amount: i64,
    /// The first of them, by id.
    pub items: Vec<ImpactItem>,
}

/// `GET /v1/intake/impact`: what a closing touches, at most 200 of each group by name.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Impact {
    /// Of which scope.
    pub scope: String,
    /// How intake stands.
    pub state: String,
    /// Its epoch.
    pub epoch: i64,
    /// Those that are not empty.
    pub groups: Vec<ImpactGroup>,
}

/// `POST /v1/days`: runs the end of one business day.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndDay {
    /// The business date, `YYYY-MM-DD`.
    pub business_date: String,
}

/// What the end of a day did; running it again posts nothing and says the same.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Day {
    /// The business date.
    pub business_date: String,
    /// `running` or `done`.
    pub state: String,
    /// Loans that accrued interest.
    pub accrued: i64,
    /// Instalments that fell due.
    pub due: i64,
    /// Loans that are overdue.
    pub overdue: i64,
}

/// `POST /v1/entries/{id}/reversal`: corrects a ledger entry by its reversal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reverse {
    /// Why, 1–200 characters.
    pub reason: String,
}

/// The reversing entry.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// Typed id, `ent_…`.
    pub id: String,
    /// The entry that it reverses.
    pub reverses: String,
}
