//! Contract and draw.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A signed contract: `201` of `POST /v1/applications/{id}/contract` (empty body `{}`).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Contract {
    /// Typed id, `ctr_…`.
    pub id: String,
    /// `signed` or `closed`.
    pub state: String,
    /// Credit limit, in fen.
    pub limit: i64,
    /// Drawn so far, in fen.
    pub drawn: i64,
    /// Annual rate, in parts per million.
    pub rate_ppm: i64,
}

/// `POST /v1/contracts/{id}/draws`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestDraw {
    /// Amount, in fen.
    pub amount: i64,
}

/// `202` of a draw, and `GET /v1/draws/{id}`. The money moves in two phases:
/// `requested` → `sent` (the instruction has left the bank) → `paid` or `failed`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Draw {
    /// Typed id, `drw_…`.
    pub id: String,
    /// `requested`, `sent`, `paid` or `failed`.
    pub state: String,
    /// Amount, in fen.
    pub amount: i64,
    /// The loan, once paid, `lon_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loan_id: Option<String>,
}
