//! The error body: RFC 9457 problem details.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `application/problem+json`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:backstop:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The stable code, for example `intake-closed`.
    pub code: String,
    /// One line for people, English.
    pub title: String,
    /// The same in Chinese.
    pub title_zh: String,
    /// HTTP status.
    pub status: u16,
    /// What to mend, without customer data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The field that is wrong, where one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}
