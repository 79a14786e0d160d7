//! `GET /livez`

/// Says that the process answers; nothing else is asked, so that a dead
/// database never gets a live process restarted.
#[utoipa::path(get, path = "/livez", tag = "probes", responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn livez() -> &'static str {
    "alive\n"
}
