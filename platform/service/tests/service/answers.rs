//! A snapshot of each answer along the whole path, so that no field of the
//! interface changes unseen.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp};
use crate::path;
use crate::redact::redact;

fn shown(answer: &Answer) -> Value {
    json!({"status": answer.status, "body": redact(&answer.json)})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_of_the_path() {
    let app = TestApp::sqlite().await;
    let path = before_the_contract(&app).await;
    let loan = contract_and_draw(&app, &path).await;
    life_of_the_loan(&app, &loan).await;
    operators(&app).await;
    app.stop().await;
}

async fn before_the_contract(app: &TestApp) -> path::Path {
    let firm = app
        .write("channel", "/v1/firms", &path::registration(app, 900))
        .await;
    assert_json_snapshot!("firm_registered", shown(&firm));
    let url = format!("/v1/firms/{}", firm.id());
    assert_json_snapshot!("firm", shown(&app.read("channel", &url).await));
    let body = json!({"source": "tax", "purpose": "post_loan", "days": 30});
    let consent = app.write("channel", &format!("{url}/consents"), &body).await;
    assert_json_snapshot!("consent_given", shown(&consent));
    let revoked = app
        .write(
            "channel",
            &format!("/v1/consents/{}/revoke", consent.id()),
            &json!({}),
        )
        .await;
    assert_json_snapshot!("consent_revoked", shown(&revoked));
    let applied = app
        .write(
            "channel",
            "/v1/applications",
            &path::application(app, 900, &firm.id()),
        )
        .await;
    assert_json_snapshot!("application_submitted", shown(&applied));

    let path = path::pre_approved(app).await;
    let url = format!("/v1/applications/{}", path.application);
    assert_json_snapshot!(
        "application_pre_approved",
        shown(&app.read("channel", &url).await)
    );
    let accepted = app.write("channel", &format!("{url}/accept"), &json!({})).await;
    assert_json_snapshot!("application_in_diligence", shown(&accepted));
    let task = accepted.json["task_id"].as_str().unwrap();
    let reported = app
        .write("officer1", &format!("/v1/tasks/{task}/report"), &path::report())
        .await;
    assert_json_snapshot!("application_reported", shown(&reported));
    let verdict = json!({"verdict": "approve"});
    let first = app.write("officer1", &format!("{url}/approvals"), &verdict).await;
    assert_json_snapshot!("application_approved_once", shown(&first));
    let second = app.write("officer2", &format!("{url}/approvals"), &verdict).await;
    assert_json_snapshot!("application_approved", shown(&second));
    path
}

async fn contract_and_draw(app: &TestApp, path: &path::Path) -> String {
    let url = format!("/v1/applications/{}/contract", path.application);
    let signed = app.write("channel", &url, &json!({})).await;
    assert_json_snapshot!("contract_signed", shown(&signed));
    let contract = format!("/v1/contracts/{}", signed.id());
    let draw = app
        .write(
            "channel",
            &format!("{contract}/draws"),
            &json!({"amount": 5_000_000}),
        )
        .await;
    assert_json_snapshot!("draw_requested", shown(&draw));
    let paid = path::paid(app, &draw.id()).await;
    assert_json_snapshot!("draw_paid", shown(&paid));
    assert_json_snapshot!("contract_drawn", shown(&app.read("channel", &contract).await));
    paid.json["loan_id"].as_str().unwrap().to_owned()
}

async fn life_of_the_loan(app: &TestApp, loan: &str) {
    let url = format!("/v1/loans/{loan}");
    assert_json_snapshot!("loan", shown(&app.read("channel", &url).await));
    let body = json!({"amount": 123_456});
    let repaid = app.write("channel", &format!("{url}/repayments"), &body).await;
    assert_json_snapshot!("repayment", shown(&repaid));
    let entry = app.entry_about(&repaid.id()).await;
    let reason = json!({"reason": "booked to the wrong loan"});
    let reversed = app
        .write("operator", &format!("/v1/entries/{entry}/reversal"), &reason)
        .await;
    assert_json_snapshot!("entry_reversed", shown(&reversed));
    let quote = app.read("channel", &format!("{url}/payoff")).await;
    assert_json_snapshot!("payoff_quote", shown(&quote));
    let settled = app.write("channel", &format!("{url}/payoff"), &json!({})).await;
    assert_json_snapshot!("paid_off", shown(&settled));
    let statement = app.read("channel", &format!("{url}/statement")).await;
    assert_json_snapshot!("statement", shown(&statement));
}

async fn operators(app: &TestApp) {
    let today = json!({"business_date": app.clock.today().to_string()});
    assert_json_snapshot!(
        "day_ended",
        shown(&app.write("operator", "/v1/days", &today).await)
    );
    let order = json!({"reason": "drill", "incident": "INC-7"});
    let closed = app.write("operator", "/v1/intake/close", &order).await;
    assert_json_snapshot!("intake_closed", shown(&closed));
    assert_json_snapshot!("intake", shown(&app.read("auditor", "/v1/intake").await));
}
