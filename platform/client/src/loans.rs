//! Repayment, early payoff, statement.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /v1/loans/{id}`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Loan {
    /// Typed id, `lon_…`.
    pub id: String,
    /// `active`, `overdue` or `settled`.
    pub state: String,
    /// Amount lent, in fen.
    pub amount: i64,
    /// Principal outstanding, in fen.
    pub principal: i64,
    /// Interest accrued and unpaid, in fen.
    pub interest: i64,
    /// Penalty interest accrued and unpaid, in fen.
    pub penalty: i64,
    /// Annual rate, in parts per million.
    pub rate_ppm: i64,
    /// First day of the loan.
    pub start_date: String,
    /// Last due date.
    pub maturity_date: String,
}

/// `POST /v1/loans/{id}/repayments`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Repay {
    /// Amount, in fen; at most what is outstanding.
    pub amount: i64,
}

/// `201` of a repayment, and of `POST /v1/loans/{id}/payoff` (empty body `{}`).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Repayment {
    /// Typed id, `rep_…`.
    pub id: String,
    /// `booked`.
    pub state: String,
    /// Amount, in fen.
    pub amount: i64,
    /// Part that paid principal, in fen.
    pub principal: i64,
    /// Part that paid interest, in fen.
    pub interest: i64,
    /// Part that paid penalty interest, in fen.
    pub penalty: i64,
    /// State of the loan afterwards.
    pub loan_state: String,
}

/// `GET /v1/loans/{id}/payoff`: what early payoff would cost today, on actual days.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Payoff {
    /// Principal, in fen.
    pub principal: i64,
    /// Interest for the actual time, in fen.
    pub interest: i64,
    /// Penalty interest, in fen.
    pub penalty: i64,
    /// Sum, in fen.
    pub total: i64,
}

/// `GET /v1/loans/{id}/statement`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Statement {
    /// The loan.
    pub loan: Loan,
    /// Its schedule.
    pub instalments: Vec<Instalment>,
    /// What was repaid, oldest first, at most 200.
    pub repayments: Vec<Repayment>,
}

/// One line of a schedule.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Instalment {
    /// From 1.
    pub number: u32,
    /// Due date.
    pub due_date: String,
    /// Principal due, in fen.
    pub principal: i64,
    /// Interest due, in fen.
    pub interest: i64,
    /// Principal paid, in fen.
    pub principal_paid: i64,
    /// Interest paid, in fen.
    pub interest_paid: i64,
    /// `open`, `due`, `overdue` or `paid`.
    pub state: String,
}
