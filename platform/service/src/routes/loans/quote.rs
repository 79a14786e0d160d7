//! `GET /v1/loans/{id}/payoff`

use client::loans::Payoff;

use crate::extract::id::Id;
use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Says what early payoff would cost today, on actual days.
#[utoipa::path(get, path = "/v1/loans/{id}/payoff", tag = "loans", params(("id" = String, Path)), responses((status = 200, body = Payoff)))]
pub async fn quote_payoff(read: Read, Id(id): Id) -> Shown<Payoff> {
    Ok(Fresh(lending::read::payoff(read.world(), &id).await?))
}
