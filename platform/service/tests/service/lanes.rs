//! Stress traffic is told apart at the door and turned away, never taken for live.

use crate::app::TestApp;
use crate::path;

#[tokio::test]
async fn a_request_with_the_stress_colour_is_refused() {
    let app = TestApp::sqlite().await;
    let write = app
        .request("POST", "/v1/firms")
        .bearer(app.token("channel"))
        .header("idempotency-key", "stress-1")
        .header("x-backstop-run", "run-1")
        .json_text(&path::registration(&app, 1).to_string())
        .send()
        .await;
    assert_eq!(write.problem(), (403, "shadow-lane-not-available"));
    let read = app
        .request("GET", "/v1/intake")
        .bearer(app.token("auditor"))
        .header("x-backstop-run", "")
        .send()
        .await;
    assert_eq!(read.problem(), (403, "shadow-lane-not-available"));

    // Nothing live was made: the same firm under the same key is still new.
    let live = app
        .write_as("channel", "/v1/firms", "stress-1", &path::registration(&app, 1))
        .await
        .created();
    assert!(!live.replayed);
    app.stop().await;
}
