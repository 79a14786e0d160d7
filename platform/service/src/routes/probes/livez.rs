//! `GET /livez`

/// Says that the process answers.
///
/// Nothing else is asked: a dead database must never get a live process restarted.
#[utoipa::path(get, path = "/livez", tag = "probes", responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn livez() -> &'static str {
    "alive\n"
}
