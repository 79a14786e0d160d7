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
