//! Customer data shown in the clear, for a purpose, on record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v1/firms/{id}/reveal` and `POST /v1/applications/{id}/reveal`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reveal {
    /// The fields to show, 1-8. Of a firm: `credit_code`, `name`, `contact`, `contact_id`, `phone`, `account`;
    /// of an application: `use_of_funds`, `applicant`, `applicant_id`, `phone`, `address`, `turnover`,
    /// `tax_number`, `guarantor`.
    pub fields: Vec<String>,
    /// What for: `diligence`, `collection` or `complaint` (officer), `payment` (operator), `audit` (auditor).
    /// Each shows certain fields only.
    pub purpose: String,
    /// The case that it is needed for, as in `tsk_0190…` or `CMP-17`: letters, `-` or `_`, then letters
    /// and digits. Goes on record, so it must not hold customer data.
    pub reference: String,
}

/// `200` of a reveal. Never stored: repeated under the same key, it is shown and recorded again.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Revealed {
    /// Whose data it is, `frm_…` or `app_…`.
    pub id: String,
    /// The fields that were asked for and have a value.
    pub fields: BTreeMap<String, String>,
}

impl std::fmt::Debug for Revealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Revealed")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
