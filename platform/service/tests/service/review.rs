//! From review to a draw: what the rules refer to a person is lent on the terms
//! that two officers agree on, on both databases.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp};
use crate::path;
use crate::redact::redact;

fn shown(answer: &Answer) -> Value {
    json!({"status": answer.status, "body": redact(&answer.json)})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_firm_in_review_borrows_on_the_terms_of_two_officers_on_sqlite() {
    let app = TestApp::sqlite().await;
    from_review_to_a_draw(&app).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_firm_in_review_borrows_on_the_terms_of_two_officers_on_postgresql() {
    let Some(app) = TestApp::postgres().await else {
        return;
    };
    from_review_to_a_draw(&app).await;
    app.stop().await;
}

async fn from_review_to_a_draw(app: &TestApp) {
    let firm = app
        .write("channel", "/v1/firms", &path::registration(app, 1))
        .await
        .created();
    // Without a consent no source is asked, and without data nobody is approved by rule.
    let mut body = path::application(app, 1, &firm.id());
    body["consents"] = json!([]);
    let applied = app.write("channel", "/v1/applications", &body).await.created();
    let url = format!("/v1/applications/{}", applied.id());
    let decided = app
        .write("channel", &format!("{url}/pre-approval"), &json!({}))
        .await
        .ok();
    assert_eq!(decided.json["state"], "in_review", "{}", decided.text);
    let accepting = app.write("channel", &format!("{url}/accept"), &json!({})).await;
    assert_eq!(accepting.problem(), (409, "illegal-transition"));

    let taken = app.write("officer1", &format!("{url}/take-up"), &json!({})).await;
    assert_json_snapshot!("review_taken_up", shown(&taken));
    let task = taken.json["task_id"].as_str().unwrap();
    app.write("officer1", &format!("/v1/tasks/{task}/report"), &path::report())
        .await
        .ok();

    let approvals = format!("{url}/approvals");
    let bare = app
        .write("officer1", &approvals, &json!({"verdict": "approve"}))
        .await;
    assert_json_snapshot!("review_terms_needed", shown(&bare));
    let half = json!({"verdict": "approve", "limit": 5_000_000});
    let halved = app.write("officer1", &approvals, &half).await;
    assert_json_snapshot!("review_rate_needed", shown(&halved));
    let terms = json!({"verdict": "approve", "limit": 5_000_000, "rate_ppm": 96_000});
    app.write("officer1", &approvals, &terms).await.ok();
    let other = json!({"verdict": "approve", "limit": 6_000_000, "rate_ppm": 96_000});
    let differs = app.write("officer2", &approvals, &other).await;
    assert_json_snapshot!("review_terms_differ", shown(&differs));
    let approved = app.write("officer2", &approvals, &terms).await;
    assert_json_snapshot!("review_approved", shown(&approved));

    let contract = app
        .write("channel", &format!("{url}/contract"), &json!({}))
        .await
        .created();
    assert_eq!(contract.json["limit"], 5_000_000);
    let path = path::Path {
        contract: contract.id(),
        ..path::Path::default()
    };
    let loan = path::lent(app, &path, 5_000_000).await;
    let loan = app.read("channel", &format!("/v1/loans/{loan}")).await.ok();
    assert_eq!(loan.json["rate_ppm"], 96_000);
    assert_eq!(app.money_moved().await, (1, 5_000_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_of_the_rules_leaves_officers_no_terms_to_set() {
    let app = TestApp::sqlite().await;
    let path = path::pre_approved(&app).await;
    let url = format!("/v1/applications/{}", path.application);
    let taking = app.write("officer1", &format!("{url}/take-up"), &json!({})).await;
    assert_eq!(taking.problem(), (409, "illegal-transition"));
    let accepted = app
        .write("channel", &format!("{url}/accept"), &json!({}))
        .await
        .ok();
    let task = accepted.json["task_id"].as_str().unwrap();
    app.write("officer1", &format!("/v1/tasks/{task}/report"), &path::report())
        .await
        .ok();
    let terms = json!({"verdict": "approve", "limit": 5_000_000, "rate_ppm": 1});
    let refused = app.write("officer1", &format!("{url}/approvals"), &terms).await;
    assert_json_snapshot!("review_terms_not_wanted", shown(&refused));
    app.stop().await;
}
