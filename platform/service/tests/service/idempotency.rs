//! A key answers for one request: again the same bytes, never for another.

use serde_json::json;

use crate::app::TestApp;
use crate::path::{self, fresh_key};

#[tokio::test]
async fn a_repeat_gets_the_stored_answer() {
    let app = TestApp::sqlite().await;
    let (key, body) = (fresh_key(), path::registration(&app, 1));
    let first = app.write_as("channel", "/v1/firms", &key, &body).await;
    let again = app.write_as("channel", "/v1/firms", &key, &body).await;
    assert_eq!((first.status, first.replayed), (201, false));
    assert_eq!((again.status, again.replayed), (201, true));
    assert_eq!(first.text, again.text, "byte for byte");
    app.stop().await;
}

#[tokio::test]
async fn a_repeated_assessment_tells_its_reasons_again_and_no_row_holds_them_in_the_clear() {
    let app = TestApp::sqlite().await;
    let applied = path::without_data(&app, 1).await;
    let (key, url) = (fresh_key(), format!("/v1/applications/{applied}/pre-approval"));
    let first = app.write_as("channel", &url, &key, &json!({})).await.ok();
    let again = app.write_as("channel", &url, &key, &json!({})).await.ok();
    assert!(again.replayed && !first.replayed);
    assert_eq!(first.text, again.text, "byte for byte");
    let shown = app
        .read("channel", &format!("/v1/applications/{applied}"))
        .await
        .ok();
    assert_eq!(shown.json["reasons"], first.json["reasons"]);
    let reasons = first.json["reasons"].as_array().unwrap();
    assert!(!reasons.is_empty());
    for reason in reasons {
        let held = format!("%{}%", reason.as_str().unwrap());
        let stored = "SELECT COUNT(*) FROM idempotency WHERE answer LIKE $1";
        assert_eq!(app.count(stored, &held).await, 0, "{held}");
    }
    app.stop().await;
}

#[tokio::test]
async fn the_key_survives_a_restart() {
    let app = TestApp::sqlite().await;
    let (key, body) = (fresh_key(), path::registration(&app, 1));
    let first = app.write_as("channel", "/v1/firms", &key, &body).await;
    let app = app.restart().await;
    let again = app.write_as("channel", "/v1/firms", &key, &body).await;
    assert!(again.replayed);
    assert_eq!(first.text, again.text);
    app.stop().await;
}

#[tokio::test]
async fn another_body_under_the_key_is_refused() {
    let app = TestApp::sqlite().await;
    let key = fresh_key();
    app.write_as("channel", "/v1/firms", &key, &path::registration(&app, 1))
        .await
        .created();
    let other = app
        .write_as("channel", "/v1/firms", &key, &path::registration(&app, 2))
        .await;
    assert_eq!(other.problem(), (422, "idempotency-key-reused"));
    app.stop().await;
}

#[tokio::test]
async fn another_route_or_target_under_the_key_is_refused() {
    let app = TestApp::sqlite().await;
    let path = path::pre_approved(&app).await;
    let key = fresh_key();
    let accept = format!("/v1/applications/{}/accept", path.application);
    app.write_as("channel", &accept, &key, &json!({})).await.ok();
    for other in [
        format!("/v1/applications/{}/contract", path.application),
        "/v1/applications/app_01900000000070008000000000000000/accept".to_owned(),
    ] {
        let refused = app.write_as("channel", &other, &key, &json!({})).await;
        assert_eq!(refused.problem(), (422, "idempotency-key-reused"), "{other}");
    }
    app.stop().await;
}

#[tokio::test]
async fn without_a_fitting_key_nothing_is_written() {
    let app = TestApp::sqlite().await;
    let body = path::registration(&app, 1).to_string();
    for key in [None, Some(""), Some("with space"), Some(&*"k".repeat(65))] {
        let mut request = app
            .request("POST", "/v1/firms")
            .json_text(&body)
            .bearer(app.token("channel"));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let refused = request.send().await;
        assert_eq!(refused.problem(), (400, "idempotency-key-missing"), "{key:?}");
    }
    app.write("channel", "/v1/firms", &path::registration(&app, 1))
        .await
        .created();
    app.stop().await;
}

#[tokio::test]
async fn two_principals_may_choose_the_same_key() {
    let app = TestApp::sqlite().await;
    let path = path::pre_approved(&app).await;
    let accepted = app
        .write(
            "channel",
            &format!("/v1/applications/{}/accept", path.application),
            &json!({}),
        )
        .await
        .ok();
    let task = accepted.json["task_id"].as_str().unwrap().to_owned();
    app.write("officer1", &format!("/v1/tasks/{task}/report"), &path::report())
        .await
        .ok();
    let key = fresh_key();
    for officer in ["officer1", "officer2"] {
        let url = format!("/v1/applications/{}/approvals", path.application);
        let answer = app
            .write_as(officer, &url, &key, &json!({"verdict": "approve"}))
            .await
            .ok();
        assert!(!answer.replayed, "{officer}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_before_intake_closed_is_answered_again() {
    let app = TestApp::sqlite().await;
    let firm = app
        .write("channel", "/v1/firms", &path::registration(&app, 1))
        .await
        .created()
        .id();
    let (key, apply) = (fresh_key(), path::application(&app, 1, &firm));
    let first = app.write_as("channel", "/v1/applications", &key, &apply).await;
    assert_eq!(first.status, 201);
    let order = json!({"reason": "drill"});
    app.write("operator", "/v1/intake/close", &order).await.ok();

    let again = app.write_as("channel", "/v1/applications", &key, &apply).await;
    assert_eq!((again.status, again.replayed), (201, true));
    assert_eq!(again.text, first.text);
    let new = app.write("channel", "/v1/applications", &apply).await;
    assert_eq!(new.problem(), (503, "intake-closed"));
    let mut other = apply.clone();
    other["amount"] = json!(apply["amount"].as_i64().unwrap() + 1);
    let other = app.write_as("channel", "/v1/applications", &key, &other).await;
    assert_eq!(other.problem(), (422, "idempotency-key-reused"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_given_once_under_its_key_on_sqlite() {
    orders(TestApp::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_given_once_under_its_key_on_postgresql() {
    if let Some(app) = TestApp::postgres().await {
        orders(app).await;
    }
}

async fn orders(app: TestApp) {
    let day = json!({"business_date": "2026-03-02"});
    let leaves = "SELECT COUNT(*) FROM evidence_leaves WHERE act = 'day.run'";
    let key = fresh_key();
    let send = || app.write_as("operator", "/v1/days", &key, &day);
    let (one, two, three) = tokio::join!(send(), send(), send());
    assert_eq!((one.status, two.status, three.status), (200, 200, 200));
    assert_eq!((&one.text, &one.text), (&two.text, &three.text));
    assert_eq!(app.number(leaves).await, 1);
    // As a process leaves it that dies before the answer is stored: the order goes on.
    app.change("UPDATE idempotency SET status = 0, answer = '' WHERE route = 'POST /v1/days '")
        .await;
    let again = send().await;
    assert_eq!((again.status, &again.text), (200, &one.text));
    assert_eq!(app.number(leaves).await, 1, "one order, one leaf");
    // Under a key that was used, nothing else is done.
    let other = json!({"reason": "another"});
    let reused = app.write_as("operator", "/v1/intake/close", &key, &other).await;
    assert_eq!(reused.problem(), (422, "idempotency-key-reused"));
    assert_eq!(
        app.read("operator", "/v1/intake").await.ok().json["state"],
        "open"
    );
    app.stop().await;
}
