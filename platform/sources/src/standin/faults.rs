//! Lets a request meet its fate: wait, then act, fail, or both.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::App;
use super::control::Failure;

/// How long a silent failure holds the connection: longer than any client waits.
const SILENCE: Duration = Duration::from_secs(60);
/// Size of an oversized answer: four times what the connectors accept.
const OVERSIZED: usize = 256 * 1024;

/// Answers a request to a target: `act` does what was asked, if it is to be done at all.
pub(crate) async fn meet<F>(app: &App, target: &str, act: impl FnOnce() -> F) -> Response
where
    F: Future<Output = Response>,
{
    let fate = app.controls.decide(target);
    if fate.delay_ms > 0 {
        wait(app, Duration::from_millis(fate.delay_ms)).await;
    }
    let Some((failure, status)) = fate.failure else {
        return act().await;
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match failure {
        Failure::Status => status.into_response(),
        Failure::Acted => {
            drop(act().await);
            status.into_response()
        }
        Failure::Garbage => json("{\"simulated\": tru"),
        Failure::Oversized => json(format!("{{\"filler\":\"{}\"}}", "x".repeat(OVERSIZED))),
        Failure::Cut => json(Body::from_stream(stream::iter([
            Ok("{\"simulated\":"),
            Err(io::Error::from(io::ErrorKind::ConnectionReset)),
        ]))),
        Failure::Silent => {
            wait(app, SILENCE).await;
            status.into_response()
        }
    }
}

/// Waits, but not beyond the shutdown.
async fn wait(app: &App, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = app.shutdown.cancelled() => {}
    }
}

fn json(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}
