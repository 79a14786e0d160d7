//! An account comes back when two persons want it, over HTTP, on both databases.

use auth::Role;
use serde_json::{Value, json};

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_persons_enable_an_account_on_sqlite() {
    two_persons_enable_an_account(TestApp::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_persons_enable_an_account_on_postgres() {
    if let Some(app) = TestApp::postgres().await {
        two_persons_enable_an_account(app).await;
    }
}

async fn two_persons_enable_an_account(app: TestApp) {
    let ann = app.person("ann", Role::Operator).await;
    let bob = app.person("bob", Role::Commander).await;
    app.enrol("eve", Role::Operator).await;
    app.act(&ann, "/v1/accounts/eve/disable", &json!({})).await.ok();

    let wanted = json!({ "act": "account.enable", "parameters": { "account": "eve" } });
    let proposal = app.act(&ann, "/v1/proposals", &wanted).await.created();
    let (id, digest) = (proposal.id(), proposal.json["digest"].clone());
    let verdicts = format!("/v1/proposals/{id}/verdicts");
    let execution = format!("/v1/proposals/{id}/execution");
    let yes = json!({ "digest": digest, "approve": true });
    let what = json!({ "digest": digest });

    let own = app.act(&ann, &verdicts, &yes).await;
    assert_eq!(own.problem(), (409, "same-person"));
    let early = app.act(&ann, &execution, &what).await;
    assert_eq!(early.problem(), (409, "not-approved"));
    let machine = app.write("commander", &verdicts, &yes).await;
    assert_eq!(machine.problem(), (403, "forbidden"), "a token is no person");
    let other = app
        .act(
            &bob,
            &verdicts,
            &json!({ "digest": "0".repeat(64), "approve": true }),
        )
        .await;
    assert_eq!(
        (other.problem(), &other.json["field"]),
        ((400, "invalid-field"), &json!("digest"))
    );
    assert_eq!(
        app.act(&bob, &verdicts, &yes).await.ok().json["state"],
        "approved"
    );
    assert_eq!(
        app.act(&ann, &execution, &what).await.ok().json["state"],
        "executed"
    );
    assert_eq!(
        app.act(&ann, &execution, &what).await.problem(),
        (409, "not-approved")
    );

    let list = app.request("GET", "/v1/accounts").bearer(&ann).send().await.ok();
    let eve = list.json["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == "eve")
        .cloned();
    assert_eq!(eve.map(|row: Value| row["state"].clone()), Some(json!("active")));
    let shown = app
        .request("GET", &format!("/v1/proposals/{id}"))
        .bearer(&bob)
        .send()
        .await
        .ok();
    assert_eq!(shown.json["state"], "executed");
    let acts = app.acts().await;
    for act in [
        "account.disable",
        "proposal.open",
        "proposal.judge",
        "proposal.execute",
    ] {
        assert_eq!(
            acts.iter().filter(|left| *left == act).count(),
            1,
            "{act} in {acts:?}"
        );
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_act_is_named() {
    let app = TestApp::sqlite().await;
    let ann = app.person("ann", Role::Operator).await;
    for (body, field) in [
        (json!({ "act": "money.print", "parameters": {} }), "act"),
        (
            json!({ "act": "account.enable", "parameters": { "who": "eve" } }),
            "parameters",
        ),
        (json!({ "act": "account.enable" }), "parameters"),
        (
            json!({ "act": "account.enable", "parameters": { "account": 7 } }),
            "parameters.account",
        ),
    ] {
        let refused = app.act(&ann, "/v1/proposals", &body).await;
        assert_eq!(
            (refused.problem(), &refused.json["field"]),
            ((400, "invalid-field"), &json!(field)),
            "{body}"
        );
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_persons_reopen_intake_on_sqlite() {
    two_persons_reopen_intake(TestApp::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_persons_reopen_intake_on_postgres() {
    if let Some(app) = TestApp::postgres().await {
        two_persons_reopen_intake(app).await;
    }
}

async fn state(app: &TestApp) -> (String, i64) {
    let intake = app.read("auditor", "/v1/intake").await.ok();
    let state = intake.json["state"].as_str().unwrap().to_owned();
    (state, intake.json["epoch"].as_i64().unwrap())
}

/// Proposes to end the closing of an epoch; answers id and digest.
async fn ask(app: &TestApp, who: &str, epoch: i64) -> (String, Value) {
    let wanted = json!({ "act": "intake.reopen", "parameters": { "epoch": epoch.to_string() } });
    let proposal = app.act(who, "/v1/proposals", &wanted).await.created();
    (proposal.id(), proposal.json["digest"].clone())
}

async fn two_persons_reopen_intake(app: TestApp) {
    let ann = app.person("ann", Role::Operator).await;
    let bob = app.person("bob", Role::Commander).await;
    let cem = app.person("cem", Role::Officer).await;
    let close = json!({ "reason": "drill", "incident": "INC-7" });
    app.act(&ann, "/v1/intake/close", &close).await.ok();
    let (_, epoch) = state(&app).await;

    // Not what can be asked for: another epoch, one in another form, or by an officer or a token.
    for (who, wanted, problem) in [
        (&ann, (epoch + 1).to_string(), (409, "illegal-transition")),
        (&ann, format!("0{epoch}"), (400, "invalid-field")),
        (&cem, epoch.to_string(), (403, "forbidden")),
    ] {
        let wanted = json!({ "act": "intake.reopen", "parameters": { "epoch": wanted } });
        let refused = app.act(who, "/v1/proposals", &wanted).await;
        assert_eq!(refused.problem(), problem, "{wanted}");
        assert_eq!(state(&app).await, ("closed".to_owned(), epoch));
    }

    // One asks, the other says no: closed as before.
    let (id, digest) = ask(&app, &ann, epoch).await;
    assert_eq!(state(&app).await, ("reopening".to_owned(), epoch));
    let no = json!({ "digest": digest, "approve": false });
    app.act(&bob, &format!("/v1/proposals/{id}/verdicts"), &no)
        .await
        .ok();
    assert_eq!(state(&app).await, ("closed".to_owned(), epoch));
    let shown = app.read("auditor", "/v1/intake").await.ok();
    assert_eq!(
        [&shown.json["reason"], &shown.json["actor"]],
        ["drill", "ann"],
        "as before"
    );

    // Agreed on, and closed anew before it was carried out: it stays closed.
    let (id, digest) = ask(&app, &ann, epoch).await;
    let (verdicts, execution) = (
        format!("/v1/proposals/{id}/verdicts"),
        format!("/v1/proposals/{id}/execution"),
    );
    let (yes, what) = (
        json!({ "digest": digest, "approve": true }),
        json!({ "digest": digest }),
    );
    let own = app.act(&ann, &verdicts, &yes).await;
    assert_eq!(own.problem(), (409, "same-person"));
    let early = app.act(&ann, &execution, &what).await;
    assert_eq!(early.problem(), (409, "not-approved"));
    app.act(&bob, &verdicts, &yes).await.ok();
    app.act(&ann, "/v1/intake/close", &close).await.ok();
    let late = app.act(&ann, &execution, &what).await;
    assert_eq!(late.problem(), (409, "illegal-transition"));
    assert_eq!(state(&app).await, ("closed".to_owned(), epoch + 1));

    // Agreed on, and carried out once, however often it is sent.
    let (id, digest) = ask(&app, &bob, epoch + 1).await;
    let yes = json!({ "digest": digest, "approve": true });
    app.act(&ann, &format!("/v1/proposals/{id}/verdicts"), &yes)
        .await
        .ok();
    let (execution, what) = (
        format!("/v1/proposals/{id}/execution"),
        json!({ "digest": digest }),
    );
    let key = crate::path::fresh_key();
    let send = || app.act_under(&ann, &key, &execution, &what);
    let (one, two, three) = tokio::join!(send(), send(), send());
    assert_eq!((one.status, two.status, three.status), (200, 200, 200));
    assert_eq!((&one.text, &one.text), (&two.text, &three.text));
    assert_eq!(state(&app).await, ("open".to_owned(), epoch + 2));
    let leaves = "SELECT COUNT(*) FROM evidence_leaves WHERE act = 'proposal.execute'";
    assert_eq!(app.number(leaves).await, 1);
    let history = app.read("auditor", "/v1/intake/history").await.ok();
    let newest = &history.json["moves"][0];
    assert_eq!(
        [&newest["state"], &newest["approval"], &newest["incident"]],
        ["open", id.as_str(), "INC-7"]
    );
    app.stop().await;
}
