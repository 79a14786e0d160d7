//! Who there is: what a load generator or a person registers and applies with.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::App;

/// `GET /firms`: where they come from; the count is null for a population without end.
pub(crate) async fn about(State(app): State<Arc<App>>) -> Json<Value> {
    let count = app.firms.count();
    let simulated = count.is_none();
    Json(json!({ "simulated": simulated, "seed": simulated.then_some(app.seed), "count": count }))
}

/// `GET /firms/{n}`, counted from 0.
pub(crate) async fn card(State(app): State<Arc<App>>, Path(n): Path<u64>) -> Result<Json<Value>, StatusCode> {
    let firm = app.firms.firm(n).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(json!({
        "simulated": firm.simulated,
        "credit_code": firm.credit_code,
        "name": firm.name,
        "region": firm.region,
        "industry": firm.industry,
        "contact": firm.contact,
        "contact_id": firm.contact_id,
        "phone": firm.phone,
        "account": firm.account,
        "address": format!("{} 测试路 {} 号", firm.region, n % 10_000 + 1),
        "turnover": firm.tax.taxable_sales_12m,
        // Since 2015 a firm's taxpayer number is its credit code.
        "tax_number": firm.credit_code,
    })))
}
