//! What every answer tells a browser: take nothing of it for a page, frame it
//! nowhere, keep it nowhere. Static values: a loan read is some tens of microseconds.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

/// A year, which is what the preload lists ask for; no subdomains, which are not ours to bind.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// For an answer in the clear.
#[must_use]
pub fn plain(mut response: Response) -> Response {
    guard(response.headers_mut());
    response
}

/// For an answer under TLS, which also says: never ask in the clear.
#[must_use]
pub fn secure(mut response: Response) -> Response {
    let headers = response.headers_mut();
    guard(headers);
    headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    response
}

fn guard(headers: &mut HeaderMap) {
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}
