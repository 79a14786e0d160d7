//! From application to approval.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::firms::GiveConsent;

/// `POST /v1/applications`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// The registered enterprise, `frm_…`.
    pub firm_id: String,
    /// `micro`, `credit` or `guaranteed`.
    pub product: String,
    /// `pc`, `app`, `mini_program` or `branch` (8:30–17:00 on workdays only).
    pub channel: String,
    /// Where the business is, six digits, GB/T 2260.
    pub region: String,
    /// Amount asked for, in fen.
    pub amount: i64,
    /// Term in months, 1–60.
    pub term_months: u32,
    /// `equal_instalment`, `equal_principal` or `interest_first`.
    pub method: String,
    /// Agreed use of the funds, 1–200 characters.
    pub use_of_funds: String,
    /// Name of the person who applies, 1–60 characters.
    pub applicant: String,
    /// That person's resident identity number.
    pub applicant_id: String,
    /// Mobile number, 11 digits.
    pub phone: String,
    /// Business address, 1–200 characters.
    pub address: String,
    /// Declared yearly turnover, in fen.
    pub turnover: i64,
    /// Taxpayer number as declared, 15–20 characters.
    pub tax_number: String,
    /// Guarantor, for product `guaranteed` (required there, refused elsewhere), 1–120 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guarantor: Option<String>,
    /// Consents given with the application, at most 12.
    #[serde(default)]
    pub consents: Vec<GiveConsent>,
}

/// An application, as every verb on it answers.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Application {
    /// Typed id, `app_…`.
    pub id: String,
    /// `submitted`, `pre_approved`, `in_review`, `declined`, `accepted`, `diligence`, `approved`, `rejected`, `signed`, `expired`, `cancelled`.
    pub state: String,
    /// Amount asked for, in fen.
    pub amount: i64,
    /// The offer, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// Reason codes of the decision, once there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The due-diligence task, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
}

/// What pre-approval offers.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Offer {
    /// Typed id, `ofr_…`.
    pub id: String,
    /// Credit limit, in fen.
    pub limit: i64,
    /// Annual rate, in parts per million.
    pub rate_ppm: i64,
    /// Unix time in seconds after which it no longer stands.
    pub expires_at: i64,
}

/// `POST /v1/tasks/{id}/report`: the officer's due-diligence report.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// `satisfactory` or `adverse`.
    pub finding: String,
    /// The report's text, 1–4,000 characters.
    pub text: String,
}

/// `POST /v1/applications/{id}/approvals`: one officer's verdict; two different officers are needed.
/// Where the rules made no offer, both approvals carry the same limit and rate; elsewhere neither may.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// `approve` or `reject`.
    pub verdict: String,
    /// Credit limit in fen, at most what was asked for: where there is no offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Annual rate in parts per million: where there is no offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_ppm: Option<i64>,
}
