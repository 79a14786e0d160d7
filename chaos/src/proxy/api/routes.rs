//! The API's table of contents.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use crate::proxy::api::{proxies, toxics};
use crate::proxy::collection::Collection;

/// The version of Toxiproxy whose API this is, for clients that compare it, and ours.
const VERSION: &str = concat!("2.12.0+backstop.", env!("CARGO_PKG_VERSION"));

/// Every route.
pub fn routes(all: Collection) -> Router {
    Router::new()
        .route("/reset", post(proxies::reset))
        .route("/populate", post(proxies::populate))
        .route("/proxies", get(proxies::index).post(proxies::create))
        .route(
            "/proxies/{proxy}",
            get(proxies::show)
                .post(proxies::update)
                .patch(proxies::update)
                .delete(proxies::delete),
        )
        .route("/proxies/{proxy}/toxics", get(toxics::index).post(toxics::create))
        .route(
            "/proxies/{proxy}/toxics/{toxic}",
            get(toxics::show)
                .post(toxics::update)
                .patch(toxics::update)
                .delete(toxics::delete),
        )
        .route("/version", get(version))
        .route("/metrics", get(metrics))
        .route_layer(from_fn(stop_browsers))
        .fallback(|| async { (StatusCode::NOT_FOUND, "404 page not found\n") })
        .with_state(all)
}

/// A page that a person visits must not be able to harm what runs on their machine.
async fn stop_browsers(request: Request, next: Next) -> Response {
    let agent = request.headers().get(header::USER_AGENT);
    if agent.is_some_and(|agent| agent.as_bytes().starts_with(b"Mozilla/")) {
        return (StatusCode::FORBIDDEN, "User agent not allowed\n").into_response();
    }
    next.run(request).await
}

async fn version() -> Response {
    let body = format!("{{\"version\": \"{VERSION}\"}}\n");
    ([(header::CONTENT_TYPE, "application/json;charset=utf-8")], body).into_response()
}

async fn metrics(State(all): State<Collection>) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], all.exposition().await).into_response()
}
