//! Closed means closed at the door too, and existing business does not notice.

use std::time::Duration;

use serde_json::json;

use crate::app::TestApp;
use crate::path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_intake_is_closed_existing_business_goes_on() {
    let app = TestApp::sqlite().await;
    let path = path::signed(&app).await;
    let loan = path::lent(&app, &path, path.limit / 2).await;
    let before = touched(&app, &path).await;
    let order = json!({"reason": "drill", "incident": "INC-1"});
    let closed = app.write("operator", "/v1/intake/close", &order).await.ok();
    assert_eq!(closed.json["state"], "closed");

    assert_eq!(
        touched(&app, &path).await,
        before,
        "before a closing and while it lasts"
    );

    let draw = format!("/v1/contracts/{}/draws", path.contract);
    let apply = path::application(&app, 1, &path.firm);
    for (url, body) in [
        ("/v1/applications", &apply),
        (draw.as_str(), &json!({"amount": 1_000_000})),
    ] {
        let refused = app.write("channel", url, body).await;
        assert_eq!(refused.problem(), (503, "intake-closed"), "{url}");
        assert_eq!(refused.headers["retry-after"], "60");
    }
    app.write(
        "channel",
        &format!("/v1/loans/{loan}/repayments"),
        &json!({"amount": 10_000}),
    )
    .await
    .created();
    app.read("channel", &format!("/v1/loans/{loan}/statement"))
        .await
        .ok();
    app.write("channel", "/v1/firms", &path::registration(&app, 999))
        .await
        .created();
    assert_eq!(
        app.read("auditor", "/readyz").await.status,
        200,
        "closed is a known state"
    );

    app.reopen().await.ok();
    let reopened = app.read("auditor", "/v1/intake").await.ok();
    assert_eq!(reopened.json["state"], "open");
    assert!(reopened.json["epoch"].as_i64() > closed.json["epoch"].as_i64());
    eventually(async || app.write("channel", "/v1/applications", &apply).await.status == 201).await;
    app.stop().await;
}

/// What a closing touches: the contract of which half is drawn.
async fn touched(app: &TestApp, path: &path::Path) -> serde_json::Value {
    let impact = app.read("auditor", "/v1/intake/impact").await.ok();
    let groups = impact.json["groups"].as_array().unwrap();
    let group = groups.iter().find(|group| group["what"] == "contracts").unwrap();
    let left = path.limit - path.limit / 2;
    let item = json!({ "id": path.contract, "firm_id": path.firm, "amount": left });
    let wanted = json!({
        "what": "contracts", "state": "undrawn", "fate": "waits", "count": 1, "amount": left, "items": [item],
    });
    assert_eq!(*group, wanted);
    impact.json["groups"].clone()
}

/// The hint lags behind the gate by its refresh interval; the gate itself does not.
async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..100 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not within 2 s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_door_knows_at_once_what_an_operator_was_told() {
    let app = TestApp::sqlite().await;
    let order = json!({"reason": "drill"});
    // The door speaks before the body is read, so a body that nobody accepts tells
    // the door's refusal from the handler's. The door's own look comes every 200 ms:
    // ten moves in a row leave it no time to be right by chance.
    let keepers = app.keepers().await;
    for _ in 0..5 {
        app.write("operator", "/v1/intake/close", &order).await.ok();
        let refused = app.write("channel", "/v1/applications", &json!({})).await;
        assert_eq!(refused.problem(), (503, "intake-closed"));
        app.reopen_by(&keepers).await.ok();
        let let_in = app.write("channel", "/v1/applications", &json!({})).await;
        assert_eq!(let_in.problem(), (400, "invalid-field"));
    }
    app.stop().await;
}
