//! A source that fails means less knowledge: a person looks, nobody is approved for it.

use serde_json::json;

use crate::app::TestApp;
use crate::path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_credit_bureau_an_application_goes_to_review() {
    let app = TestApp::sqlite().await;
    app.fail("credit_bureau").await;
    for n in 1..=5 {
        let firm = app
            .write("channel", "/v1/firms", &path::registration(&app, n))
            .await
            .created();
        let applied = app
            .write(
                "channel",
                "/v1/applications",
                &path::application(&app, n, &firm.id()),
            )
            .await
            .created();
        let url = format!("/v1/applications/{}/pre-approval", applied.id());
        let decided = app.write("channel", &url, &json!({})).await.ok();
        let state = decided.json["state"].as_str().unwrap();
        assert!(["in_review", "declined"].contains(&state), "{}", decided.text);
        assert!(decided.json["offer"].is_null());
    }
    let text = app.probe("/metrics").await.ok_text();
    assert!(text.contains("financing_source_calls_total"), "{text}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_core_bank_fails_a_draw_waits_and_is_paid_once_afterwards() {
    let app = TestApp::sqlite().await;
    let path = path::signed(&app).await;
    app.fail("core").await;
    let draw = app
        .write(
            "channel",
            &format!("/v1/contracts/{}/draws", path.contract),
            &json!({"amount": 1_000_000}),
        )
        .await;
    assert_eq!(draw.status, 202, "{}", draw.text);
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let waiting = app
        .read("channel", &format!("/v1/draws/{}", draw.id()))
        .await
        .ok();
    assert_ne!(waiting.json["state"], "paid");
    app.mend("core").await;
    // The next attempt is due within a minute; the clock here moves by hand.
    app.hand.advance_micros(60_000_000);
    path::paid(&app, &draw.id()).await;
    assert_eq!(app.money_moved().await, (1, 1_000_000));
    app.stop().await;
}
