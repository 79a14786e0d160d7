//! A snapshot of each problem that a client can bring about, and the promise
//! that none repeats what the client sent.

use std::time::Duration;

use axum::response::IntoResponse;
use base::problem::Code;
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use web::Failure;

use crate::app::{Answer, TestApp};
use crate::path;
use crate::redact::redact;

fn shown(answer: &Answer) -> Value {
    assert_eq!(
        answer.headers["content-type"], "application/problem+json",
        "{answer:?}"
    );
    assert_eq!(answer.json["status"], answer.status);
    redact(&answer.json)
}

#[tokio::test]
async fn a_bad_field_is_named() {
    let app = TestApp::sqlite().await;
    let good = path::registration(&app, 1);
    let firm = app.write("channel", "/v1/firms", &good).await.created().id();
    let bad_firm = |field: &str, value: Value| {
        let mut body = path::registration(&app, 2);
        body[field] = value;
        body
    };
    for (field, value) in [
        ("credit_code", json!("91350100M000100Y44")),
        ("name", json!("")),
        ("region", json!("1")),
        ("industry", json!("c34")),
        ("contact", json!("x".repeat(61))),
        ("contact_id", json!("110105194912310021")),
        ("phone", json!("1380000000")),
        ("account", json!("12")),
        ("phone", json!(13_800_000_000_i64)),
    ] {
        let refused = app
            .write("channel", "/v1/firms", &bad_firm(field, value.clone()))
            .await;
        assert_eq!(refused.problem(), (400, "invalid-field"), "{field}");
        assert_eq!(refused.json["field"], field);
        if let Some(sent) = value.as_str().filter(|sent| sent.len() > 4) {
            assert!(
                !refused.text.contains(sent),
                "{field} is repeated: {}",
                refused.text
            );
        }
    }
    for (field, value) in [
        ("firm_id", json!("frm_1")),
        ("product", json!("jumbo")),
        ("channel", json!("fax")),
        ("region", json!("00")),
        ("amount", json!(0)),
        ("amount", json!("1")),
        ("term_months", json!(61)),
        ("method", json!("never")),
        ("use_of_funds", json!("")),
        ("applicant_id", json!("1")),
        ("turnover", json!(-1)),
        ("tax_number", json!("1")),
        ("guarantor", json!("someone")),
        (
            "consents",
            json!(vec![
                json!({"source": "tax", "purpose": "pre_approval", "days": 1});
                13
            ]),
        ),
    ] {
        let mut body = path::application(&app, 1, &firm);
        body[field] = value;
        let refused = app.write("channel", "/v1/applications", &body).await;
        assert_eq!(
            refused.problem(),
            (400, "invalid-field"),
            "{field}: {}",
            refused.text
        );
        assert_eq!(refused.json["field"], field);
    }
    let mut nested = path::application(&app, 1, &firm);
    nested["consents"][1]["days"] = json!("x");
    let refused = app.write("channel", "/v1/applications", &nested).await;
    assert_eq!(refused.json["field"], "consents[1].days");
    assert_json_snapshot!("invalid_field", shown(&refused));
    app.stop().await;
}

#[tokio::test]
async fn what_the_door_refuses() {
    let app = TestApp::sqlite().await;
    let nobody = app.request("GET", "/v1/intake").send().await;
    assert_eq!(nobody.headers["www-authenticate"], "Bearer");
    assert_json_snapshot!("unauthenticated", shown(&nobody));
    let forbidden = app.write("auditor", "/v1/firms", &json!({})).await;
    assert_json_snapshot!("forbidden", shown(&forbidden));
    let nowhere = app.read("auditor", "/v1/nothing").await;
    assert_json_snapshot!("not_found", shown(&nowhere));
    let method = app
        .request("DELETE", "/v1/firms")
        .bearer(app.token("channel"))
        .send()
        .await;
    assert_eq!(method.headers["allow"], "POST");
    assert_json_snapshot!("method_not_allowed", shown(&method));
    let send = async |body: &'static str| {
        app.request("POST", "/v1/firms")
            .bearer(app.token("channel"))
            .header("idempotency-key", &path::fresh_key())
            .json_text(body)
            .send()
            .await
    };
    assert_json_snapshot!("invalid_body", shown(&send("{").await));
    assert_json_snapshot!("invalid_body_shape", shown(&send("[]").await));
    assert_json_snapshot!("missing_field", shown(&send("{}").await));
    let stress = app
        .request("GET", "/v1/intake")
        .header("x-backstop-run", "r")
        .send()
        .await;
    assert_json_snapshot!("shadow_lane_not_available", shown(&stress));
    let keyless = app
        .request("POST", "/v1/firms")
        .bearer(app.token("channel"))
        .json_text("{}")
        .send()
        .await;
    assert_json_snapshot!("idempotency_key_missing", shown(&keyless));
    let form = app
        .request("POST", "/v1/firms")
        .bearer(app.token("channel"))
        .header("idempotency-key", "k")
        .body("x")
        .send()
        .await;
    assert_json_snapshot!("unsupported_media_type", shown(&form));
    let mut large = path::registration(&app, 1);
    large["name"] = json!("x".repeat(70_000));
    assert_json_snapshot!(
        "body_too_large",
        shown(&app.write("channel", "/v1/firms", &large).await)
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_business_refuses() {
    let app = TestApp::sqlite().await;
    let twice = path::registration(&app, 1);
    let (key, url) = (path::fresh_key(), "/v1/firms");
    app.write_as("channel", url, &key, &twice).await.created();
    let reused = app
        .write_as("channel", url, &key, &path::registration(&app, 2))
        .await;
    assert_json_snapshot!("idempotency_key_reused", shown(&reused));
    assert_json_snapshot!("already_exists", shown(&app.write("channel", url, &twice).await));
    let unknown = app
        .read("auditor", "/v1/loans/lon_01900000000070008000000000000000")
        .await;
    assert_json_snapshot!("no_such_loan", shown(&unknown));

    let app = restart_clean(app).await;
    let mut path = path::pre_approved(&app).await;
    let application = format!("/v1/applications/{}", path.application);
    let early = app
        .write("channel", &format!("{application}/contract"), &json!({}))
        .await;
    assert_json_snapshot!("illegal_transition", shown(&early));
    let accepted = app
        .write("channel", &format!("{application}/accept"), &json!({}))
        .await
        .ok();
    path.task = accepted.json["task_id"].as_str().unwrap().to_owned();
    app.write(
        "officer1",
        &format!("/v1/tasks/{}/report", path.task),
        &path::report(),
    )
    .await
    .ok();
    let verdict = json!({"verdict": "approve"});
    let approvals = format!("{application}/approvals");
    app.write("officer1", &approvals, &verdict).await.ok();
    let same = app.write("officer1", &approvals, &verdict).await;
    assert_json_snapshot!("same_officer", shown(&same));
    app.write("officer2", &approvals, &verdict).await.ok();
    let contract = app
        .write("channel", &format!("{application}/contract"), &json!({}))
        .await
        .created();
    path.contract = contract.id();
    let draws = format!("/v1/contracts/{}/draws", path.contract);
    let beyond = app
        .write("channel", &draws, &json!({"amount": path.limit + 1}))
        .await;
    assert_json_snapshot!("limit_exceeded", shown(&beyond));
    let loan = path::lent(&app, &path, 1_000_000).await;
    let repay = format!("/v1/loans/{loan}/repayments");
    let too_much = app
        .write("channel", &repay, &json!({"amount": 2_000_000_000}))
        .await;
    assert_json_snapshot!("amount_exceeds_debt", shown(&too_much));
    let ahead = app
        .write("operator", "/v1/days", &json!({"business_date": "2099-01-01"}))
        .await;
    assert_json_snapshot!("business_date", shown(&ahead));

    app.write("operator", "/v1/intake/close", &json!({"reason": "drill"}))
        .await
        .ok();
    let closed = app.write("channel", &draws, &json!({"amount": 100_000})).await;
    assert_json_snapshot!("intake_closed_problem", shown(&closed));
    app.stop().await;
}

async fn restart_clean(app: TestApp) -> TestApp {
    app.stop().await;
    TestApp::sqlite().await
}

#[tokio::test]
async fn without_consent_no_source_is_asked_and_nobody_approved() {
    let app = TestApp::sqlite().await;
    let applied = path::without_data(&app, 1).await;
    let url = format!("/v1/applications/{applied}/pre-approval");
    let decided = app.write("channel", &url, &json!({})).await.ok();
    assert_eq!(decided.json["state"], "in_review", "{}", decided.text);
    assert_eq!(app.pulls().await, 0, "no source was asked");
    app.stop().await;
}

#[tokio::test]
async fn a_branch_takes_applications_in_its_hours_only() {
    let app = TestApp::sqlite().await;
    let firm = app
        .write("channel", "/v1/firms", &path::registration(&app, 1))
        .await
        .created();
    let mut body = path::application(&app, 1, &firm.id());
    body["channel"] = json!("branch");
    app.write("channel", "/v1/applications", &body).await.created();
    app.hand
        .advance_micros(i64::try_from(Duration::from_secs(9 * 3600).as_micros()).unwrap());
    let refused = app.write("channel", "/v1/applications", &body).await;
    assert_json_snapshot!("branch_closed", shown(&refused));
    app.stop().await;
}

#[tokio::test]
async fn an_offer_does_not_stand_for_ever() {
    let app = TestApp::sqlite().await;
    let path = path::pre_approved(&app).await;
    let year = Duration::from_secs(366 * 24 * 3600);
    app.hand.advance_micros(i64::try_from(year.as_micros()).unwrap());
    let url = format!("/v1/applications/{}/accept", path.application);
    let refused = app.write("channel", &url, &json!({})).await;
    assert_json_snapshot!("offer_expired", shown(&refused));
    app.stop().await;
}

/// Those that no story brings about (a bug of ours, a database that is gone)
/// look like the others.
#[tokio::test]
async fn every_code_has_its_problem() {
    let mut all = serde_json::Map::new();
    for code in Code::ALL {
        let response = Failure::of(*code).into_response();
        assert_eq!(response.status().as_u16(), code.status());
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let retry = response
            .headers()
            .get("retry-after")
            .map(|value| value.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        all.insert(
            code.as_str().to_owned(),
            json!({"body": body, "retry-after": retry}),
        );
    }
    assert_json_snapshot!("every_code", all);
}
