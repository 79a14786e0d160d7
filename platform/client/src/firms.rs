//! Registration of an enterprise, and its consents.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v1/firms`: registers an enterprise.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterFirm {
    /// Unified social credit code (统一社会信用代码), 18 characters, GB 32100-2015.
    pub credit_code: String,
    /// Registered name, 1–120 characters.
    pub name: String,
    /// Region of operation, six digits, GB/T 2260.
    pub region: String,
    /// Industry, one letter and two digits, GB/T 4754 (for example `C34`).
    pub industry: String,
    /// Name of the contact, usually the legal representative, 1–60 characters.
    pub contact: String,
    /// The contact's resident identity number, 18 characters, GB 11643-1999.
    pub contact_id: String,
    /// Mobile number, 11 digits.
    pub phone: String,
    /// Settlement account number, 8–32 digits.
    pub account: String,
}

/// `201` of `POST /v1/firms`; `GET /v1/firms/{id}` adds what else may be shown masked. In the clear
/// nothing that identifies leaves, but by a reveal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Firm {
    /// Typed id, `frm_…`.
    pub id: String,
    /// Masked credit code, for recognition by eye.
    pub credit_code_masked: String,
    /// Region, six digits.
    pub region: String,
    /// Industry code.
    pub industry: String,
    /// What is shown masked, by `GET` only: an answer that is stored holds no more than it must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked: Option<Masked>,
}

/// Enough to recognise what one knows already.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Masked {
    /// First character of the name.
    pub name: String,
    /// First character of the contact's name.
    pub contact: String,
    /// First and last character of the contact's identity number.
    pub contact_id: String,
    /// First three and last two digits of the mobile number.
    pub phone: String,
    /// Last four digits of the settlement account.
    pub account: String,
}

/// `POST /v1/firms/{id}/consents`, and inline in an application.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveConsent {
    /// The source that may be asked: `registration`, `judicial`, `credit_bureau`, `tax`, `tax_receipts`, `invoices`.
    pub source: String,
    /// What for: `pre_approval` or `post_loan`.
    pub purpose: String,
    /// How long, in days, 1–1,095.
    pub days: u32,
}

/// `201` of a consent; `POST /v1/consents/{id}/revoke` answers it too.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Consent {
    /// Typed id, `cns_…`.
    pub id: String,
    /// The source.
    pub source: String,
    /// The purpose.
    pub purpose: String,
    /// `live`, `revoked` or `expired`.
    pub state: String,
}
