//! The `OpenFeature` Remote Evaluation Protocol, version 0.3.0, as far as the intake gate speaks it.
//!
//! Source: <https://github.com/open-feature/protocol>, `service/openapi.yaml`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// `POST /ofrep/v1/evaluate/flags` and `/ofrep/v1/evaluate/flags/{key}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Evaluate {
    /// What is known of the business: `act`, `product`, `channel` and `region`, each or none. The rest, a
    /// `targetingKey` among it, is not looked at.
    #[schema(value_type = Object)]
    pub context: Map<String, Value>,
}

/// One flag's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Evaluation {
    /// `intake-open`, or with an act after it.
    pub key: String,
    /// Whether new business is taken.
    pub value: bool,
    /// `STATIC`; `TARGETING_MATCH` where the context narrowed it down; `UNKNOWN` where the state cannot be
    /// verified, and the value is false.
    pub reason: String,
    /// `open`, `closed` or `unverified`.
    pub variant: String,
    /// How the gate stands.
    pub metadata: Metadata,
}

/// How the gate stands for what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Metadata {
    /// `open`, `closing`, `closed`, `reopening` or `closed (unverified)`.
    pub state: String,
    /// The closing's epoch; of what is open, the newest of all.
    pub epoch: i64,
}

/// All flags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Evaluations {
    /// One for everything and one for each act.
    pub flags: Vec<Evaluation>,
}

/// Why there is no value; the caller's default counts then, which should be false.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationFailure {
    /// The flag, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `PARSE_ERROR`, `INVALID_CONTEXT` or `FLAG_NOT_FOUND`.
    #[serde(rename = "errorCode")]
    pub error_code: String,
    /// What to mend.
    #[serde(rename = "errorDetails")]
    pub error_details: String,
}
