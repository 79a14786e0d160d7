//! Core banking: pays once per reference.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::App;
use super::book::{BookError, Paid};
use super::faults::meet;

/// Largest reference; a draw's id has 36 characters.
const REFERENCE: usize = 64;
/// Payments listed in one answer: about 80 KB.
const LISTED: usize = 1_000;

/// The order to pay.
#[derive(Deserialize)]
pub(crate) struct Order {
    reference: String,
    amount: i64,
    account: String,
}

/// `POST /core/payments`.
pub(crate) async fn pay(State(app): State<Arc<App>>, order: Result<Json<Order>, JsonRejection>) -> Response {
    let Ok(Json(order)) = order else {
        let error = json!({ "error": "reference, amount and account are needed" });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    };
    meet(&app, "core", async || settle(&app, order).await).await
}

async fn settle(app: &App, order: Order) -> Response {
    if let Some(reason) = objection(&order) {
        let body = json!({ "state": "refused", "reference": order.reference, "reason": reason });
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response();
    }
    let paid = app.book.pay(order.reference.clone(), order.amount).await;
    let (status, state) = match paid {
        Ok(Paid::Now | Paid::Before) => (StatusCode::OK, "paid"),
        Ok(Paid::OtherAmount) => (StatusCode::CONFLICT, "conflict"),
        Err(BookError::Full) => (StatusCode::INSUFFICIENT_STORAGE, "error"),
        Err(BookError::Broken) => (StatusCode::INTERNAL_SERVER_ERROR, "error"),
    };
    (
        status,
        Json(json!({ "state": state, "reference": order.reference })),
    )
        .into_response()
}

fn objection(order: &Order) -> Option<&'static str> {
    let visible = order.reference.bytes().all(|byte| byte.is_ascii_graphic());
    if !(1..=REFERENCE).contains(&order.reference.len()) || !visible {
        return Some("reference-invalid");
    }
    if order.amount <= 0 {
        return Some("amount-invalid");
    }
    let digits = order.account.bytes().all(|byte| byte.is_ascii_digit());
    if !(8..=32).contains(&order.account.len()) || !digits {
        return Some("account-invalid");
    }
    None
}

/// `GET /core/payments/{reference}`.
pub(crate) async fn status(State(app): State<Arc<App>>, Path(reference): Path<String>) -> Response {
    let look = async || match app.book.amount(&reference) {
        Some(amount) => {
            Json(json!({ "state": "paid", "reference": reference, "amount": amount })).into_response()
        }
        None => (StatusCode::NOT_FOUND, Json(json!({ "state": "unknown" }))).into_response(),
    };
    meet(&app, "core", look).await
}

/// Which payments to list.
#[derive(Deserialize)]
pub(crate) struct Page {
    #[serde(default)]
    after: String,
    limit: Option<usize>,
}

/// `GET /core/payments`: never faulty, for this is how a drill looks at what really moved.
pub(crate) async fn list(State(app): State<Arc<App>>, Query(page): Query<Page>) -> Response {
    let (count, total) = app.book.totals();
    let listed = app
        .book
        .after(&page.after, page.limit.unwrap_or(LISTED).min(LISTED));
    let payment = |(reference, amount)| json!({ "reference": reference, "amount": amount });
    let payments: Vec<_> = listed.into_iter().map(payment).collect();
    Json(json!({ "count": count, "total": total, "payments": payments })).into_response()
}
