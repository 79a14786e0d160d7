//! More time for a loan: asking, deciding.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v1/loans/{id}/extensions`: more months for a loan that runs, before its last due date, with nothing overdue.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskExtension {
    /// Months more, at least 1. All extensions of a loan together: as many as a term of up to 12 months, half of one
    /// of up to 60, 36 beyond.
    pub months: u32,
    /// Whether the guarantor has agreed in writing: needed for product `guaranteed`.
    #[serde(default)]
    pub guarantor_agrees: bool,
}

/// `POST /v1/loans/{id}/renewals`: a new loan under the same contract takes over the principal of one that is about to
/// end, within 90 days before its last due date, with nothing overdue.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskRenewal {
    /// Term of the new loan in months: at most what the loan was made for.
    pub months: u32,
    /// Whether the guarantor has agreed in writing: needed for product `guaranteed`.
    #[serde(default)]
    pub guarantor_agrees: bool,
}

/// A request for more time, as every verb on it answers.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Renewal {
    /// Typed id, `rnw_…`.
    pub id: String,
    /// `requested`, `granted`, `declined` or `lapsed`.
    pub state: String,
    /// The loan, `lon_…`.
    pub loan_id: String,
    /// `extension` or `renewal`.
    pub kind: String,
    /// Months more, or the term of the new loan.
    pub months: u32,
    /// Whether the guarantor is said to have agreed in writing.
    pub guarantor_agrees: bool,
    /// The loan's last due date when it was asked for.
    pub old_maturity_date: String,
    /// The last due date that it is to have, and has once this is granted; of a renewal that of the new loan,
    /// which counts from the day on which it is granted.
    pub new_maturity_date: String,
    /// The loan that took over, once a renewal is granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_loan_id: Option<String>,
}

/// `POST /v1/renewals/{id}/verdicts`: a decision by an officer who did not ask.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideRenewal {
    /// `grant` or `decline`.
    pub verdict: String,
}
