//! More time for a loan, over HTTP: asked for by the customer, granted by an officer, held back by a closing that
//! names it and by no other.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loan_is_extended_on_sqlite() {
    a_loan_is_extended(TestApp::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loan_is_extended_on_postgresql() {
    if let Some(app) = TestApp::postgres().await {
        a_loan_is_extended(app).await;
    }
}

/// A flag of everything, or of an act.
async fn flag(app: &TestApp, key: &str) -> Value {
    let answer = app
        .request("POST", &format!("/ofrep/v1/evaluate/flags/{key}"))
        .bearer(app.token("channel"))
        .json_text(r#"{"context":{}}"#)
        .send()
        .await
        .ok();
    answer.json["value"].clone()
}

async fn a_loan_is_extended(app: TestApp) {
    let path = path::signed(&app).await;
    let loan = path::lent(&app, &path, path.limit).await;
    let url = format!("/v1/loans/{loan}/extensions");
    let months = |months: u32| json!({ "months": months });
    let closing = |scope: &str| json!({ "reason": "drill", "scope": scope });
    let before = app.read("channel", &format!("/v1/loans/{loan}")).await.ok();
    assert_eq!(before.json["maturity_date"], "2027-03-02");

    let odd = app.write("channel", &url, &months(13)).await;
    assert_eq!(odd.problem(), (400, "invalid-field"));
    assert_eq!(odd.json["field"], "months");
    let renewal = format!("/v1/loans/{loan}/renewals");
    let early = app.write("channel", &renewal, &months(3)).await;
    assert_eq!(
        early.problem(),
        (409, "illegal-transition"),
        "it is not about to end"
    );
    let nobody = app.write("operator", &url, &months(3)).await;
    assert_eq!(nobody.problem(), (403, "forbidden"));

    // Everything is closed, and more time is existing business.
    let closed = app
        .write("operator", "/v1/intake/close", &closing("everything"))
        .await
        .ok();
    let everything = closed.json["epoch"].to_string();
    assert_eq!(flag(&app, "intake-open").await, json!(false));
    assert_eq!(flag(&app, "intake-open-draw").await, json!(false));
    assert_eq!(flag(&app, "intake-open-renewal").await, json!(true));
    let key = path::fresh_key();
    let asked = app.write_as("channel", &url, &key, &months(3)).await.created();
    let id = asked.id();
    let wanted = json!({
        "id": id, "state": "requested", "loan_id": loan, "kind": "extension", "months": 3,
        "guarantor_agrees": false, "old_maturity_date": "2027-03-02", "new_maturity_date": "2027-06-02",
    });
    assert_eq!(asked.json, wanted);
    let shown = app.read("auditor", &format!("/v1/renewals/{id}")).await.ok();
    assert_eq!(shown.json, wanted);
    let second = app.write("officer1", &url, &months(1)).await;
    assert_eq!(second.problem(), (409, "already-exists"));

    // Closed by name: the door sheds what asks, the database refuses what binds, and a stored answer is given again.
    let closed = app
        .write("operator", "/v1/intake/close", &closing("act=renewal"))
        .await
        .ok();
    let named = closed.json["epoch"].to_string();
    assert_eq!(flag(&app, "intake-open-renewal").await, json!(false));
    let refused = app.write("channel", &url, &months(3)).await;
    assert_eq!(refused.problem(), (503, "intake-closed"));
    assert_eq!(refused.headers["retry-after"], "60");
    let again = app.write_as("channel", &url, &key, &months(3)).await.created();
    assert!(again.replayed);
    let verdicts = format!("/v1/renewals/{id}/verdicts");
    let grant = json!({ "verdict": "grant" });
    let refused = app.write("officer1", &verdicts, &grant).await;
    assert_eq!(refused.problem(), (503, "intake-closed"));
    let same = app.read("channel", &format!("/v1/loans/{loan}")).await.ok();
    assert_eq!(same.json, before.json);
    let repaid = json!({ "amount": 10_000 });
    app.write("channel", &format!("/v1/loans/{loan}/repayments"), &repaid)
        .await
        .created();

    // Reopened by name, it works, and new business waits on.
    let keepers = app.keepers().await;
    app.reopen_at(&keepers, &named).await.ok();
    let token = app.token("officer1").to_owned();
    let program = app.act(&token, &verdicts, &grant).await;
    assert_eq!(program.problem(), (403, "forbidden"), "only a person decides");
    let granted = app.write("officer1", &verdicts, &grant).await.ok();
    assert_eq!(granted.json["state"], "granted");
    let after = app.read("channel", &format!("/v1/loans/{loan}")).await.ok();
    assert_eq!(after.json["maturity_date"], "2027-06-02");
    let statement = app
        .read("channel", &format!("/v1/loans/{loan}/statement"))
        .await
        .ok();
    let lines = statement.json["instalments"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[14]["due_date"]), (15, &json!("2027-06-02")));
    let draw = app
        .write(
            "channel",
            &format!("/v1/contracts/{}/draws", path.contract),
            &json!({ "amount": 1_000 }),
        )
        .await;
    assert_eq!(draw.problem(), (503, "intake-closed"));
    app.reopen_at(&keepers, &everything).await.ok();

    // Who asks does not decide, officer or not.
    let session = app.officer("officer1").await;
    let asked = app.act(&session, &url, &months(1)).await.created();
    let verdicts = format!("/v1/renewals/{}/verdicts", asked.id());
    let own = app.write("officer1", &verdicts, &grant).await;
    assert_eq!(own.problem(), (409, "same-person"));
    let declined = app
        .write("officer2", &verdicts, &json!({ "verdict": "decline" }))
        .await
        .ok();
    assert_eq!(declined.json["state"], "declined");
    let told = "SELECT COUNT(*) FROM outbox WHERE kind = 'notice' AND reference = $1";
    assert_eq!(app.count(told, &asked.id()).await, 2, "asked and decided");
    app.write("channel", &format!("/v1/loans/{loan}/payoff"), &json!({}))
        .await
        .created();
    app.stop().await;
}
