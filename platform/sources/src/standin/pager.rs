//! The one who is paged: takes Alertmanager's webhook, version 4, and keeps a line of JSON for each alert in it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base::clock::Clock;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::App;
use super::faults::meet;

/// Pages that are kept. A rehearsal brings some ten; beyond it they are refused, which a test would notice.
const MOST: usize = 10_000;

/// Longest alert name and key that are kept, in bytes: as the reader of the file allows.
const LONGEST: usize = 512;

/// The pages so far, and where they are kept.
#[derive(Debug, Default)]
pub struct Pager(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    pages: Vec<Page>,
    file: Option<File>,
}

/// An alert that somebody was told of.
#[derive(Debug, Clone, Serialize)]
struct Page {
    at: i64,
    alert: String,
    resolved: bool,
    key: String,
}

#[derive(Deserialize)]
pub(crate) struct Webhook {
    version: String,
    #[serde(rename = "groupKey")]
    group_key: String,
    alerts: Vec<Alert>,
}

#[derive(Deserialize)]
struct Alert {
    status: String,
    labels: std::collections::BTreeMap<String, String>,
}

impl Pager {
    /// Keeps pages in a file as well, each on disk before it is answered.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn open(path: Option<&Path>) -> io::Result<Self> {
        let open = |path| OpenOptions::new().create(true).append(true).open(path);
        let kept = Kept {
            pages: Vec::new(),
            file: path.map(open).transpose()?,
        };
        Ok(Self(Mutex::new(kept)))
    }

    fn take(&self, pages: Vec<Page>) -> Result<usize, StatusCode> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.pages.len() + pages.len() > MOST {
            return Err(StatusCode::INSUFFICIENT_STORAGE);
        }
        if let Some(file) = &mut kept.file {
            write(file, &pages).map_err(|error| {
                tracing::error!(%error, "a page could not be kept");
                StatusCode::INTERNAL_SERVER_ERROR
            })?;
        }
        kept.pages.extend(pages);
        Ok(kept.pages.len())
    }
}

fn write(file: &mut File, pages: &[Page]) -> io::Result<()> {
    let mut lines = Vec::new();
    for page in pages {
        serde_json::to_writer(&mut lines, page)?;
        lines.push(b'\n');
    }
    file.write_all(&lines)?;
    file.sync_data()
}

/// `POST /pages`: what is no webhook of version 4 is refused, as by a receiver that checks what it gets.
pub(crate) async fn page(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Json<Webhook>, JsonRejection>,
) -> Response {
    let refused = |text: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": text }))).into_response();
    let Ok(Json(webhook)) = body else {
        return refused("not Alertmanager's webhook");
    };
    if webhook.version != "4" {
        return refused("version must be 4");
    }
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let key = key.unwrap_or(&webhook.group_key);
    let at = Clock::system().now_micros();
    let mut pages = Vec::new();
    for alert in &webhook.alerts {
        let name = alert.labels.get("alertname").map_or("", String::as_str);
        let resolved = match alert.status.as_str() {
            "firing" => false,
            "resolved" => true,
            _ => return refused("status must be firing or resolved"),
        };
        if name.is_empty() || name.len() > LONGEST || key.len() > LONGEST {
            return refused("an alert needs a name, and name and key must be short");
        }
        pages.push(Page {
            at,
            alert: name.to_owned(),
            resolved,
            key: key.to_owned(),
        });
    }
    if pages.is_empty() {
        return refused("no alert");
    }
    let take = async || match app.pager.take(pages.clone()) {
        Ok(kept) => Json(json!({ "pages": kept })).into_response(),
        Err(status) => status.into_response(),
    };
    meet(&app, "pager", take).await
}

/// `GET /pages`: all so far.
pub(crate) async fn list(State(app): State<Arc<App>>) -> Response {
    let kept = app.pager.0.lock().unwrap_or_else(PoisonError::into_inner);
    Json(json!({ "pages": kept.pages })).into_response()
}
