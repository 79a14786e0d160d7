//! A part of new business is closed, and the rest goes on.

use std::time::Duration;

use auth::Role;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_is_closed_on_sqlite() {
    a_part_is_closed(TestApp::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_is_closed_on_postgres() {
    if let Some(app) = TestApp::postgres().await {
        a_part_is_closed(app).await;
    }
}

/// The application over another channel; every one is new.
async fn apply(app: &TestApp, path: &path::Path, product: &str, channel: &str) -> (u16, String) {
    let mut body = path::application(app, 1, &path.firm);
    body["product"] = json!(product);
    body["channel"] = json!(channel);
    if product == "guaranteed" {
        body["guarantor"] = json!("某担保公司");
    }
    let answer = app.write("channel", "/v1/applications", &body).await;
    let code = answer.json["code"].as_str().unwrap_or_default().to_owned();
    (answer.status, code)
}

async fn a_part_is_closed(app: TestApp) {
    let path = path::signed(&app).await;
    let order = |scope: &str| json!({ "reason": "drill", "scope": scope });
    let close = async |order: &Value| app.write("operator", "/v1/intake/close", order).await;

    // What is no scope, or lacks its clause, names the field and changes nothing.
    let until_long_ago = json!({ "reason": "drill", "until": 1 });
    let odd = json!({ "reason": "drill", "scope": "act=contract", "clause": "article 12" });
    for (bad, field) in [
        (order("product=gold"), Some("scope")),
        (order("act=fly"), Some("scope")),
        (order("region=99"), Some("scope")),
        (order("act=draw"), None),
        (odd, None),
        (until_long_ago, None),
    ] {
        let refused = close(&bad).await;
        assert_eq!(refused.problem(), (400, "invalid-field"), "{bad}");
        assert_eq!(refused.json["field"].as_str(), field, "{bad}: {}", refused.text);
    }
    let intake = app.read("auditor", "/v1/intake").await.ok();
    assert_eq!(
        (&intake.json["epoch"], &intake.json["shut"]),
        (&json!(1), &json!([]))
    );

    let closed = close(&order("act=application,product=credit,channel=app"))
        .await
        .ok();
    assert_eq!(closed.json["scope"], "act=application,product=credit,channel=app");
    assert_eq!(closed.json["state"], "closed");
    let epoch = closed.json["epoch"].as_i64().unwrap();
    assert_eq!(
        apply(&app, &path, "credit", "app").await,
        (503, "intake-closed".to_owned())
    );
    assert_eq!(apply(&app, &path, "micro", "app").await.0, 201);
    assert_eq!(apply(&app, &path, "credit", "pc").await.0, 201);

    // Draws are held back by a clause, and the door sheds by the act.
    let mut draws = order("act=draw");
    draws["clause"] = json!("第十二条");
    draws["until"] = json!(app.clock.now_micros() + 1_000_000);
    close(&draws).await.ok();
    let url = format!("/v1/contracts/{}/draws", path.contract);
    let refused = app.write("channel", &url, &json!({ "amount": 1_000_000 })).await;
    assert_eq!(refused.problem(), (503, "intake-closed"));
    let intake = app.read("auditor", "/v1/intake").await.ok();
    assert_eq!(intake.json["state"], "open", "everything else is");
    let shut: Vec<&Value> = intake.json["shut"].as_array().unwrap().iter().collect();
    assert_eq!(shut.len(), 2);
    assert_eq!(
        [&shut[1]["scope"], &shut[1]["clause"], &shut[1]["until"]],
        [&json!("act=draw"), &json!("第十二条"), &draws["until"]]
    );

    // What each closing touches.
    let touched = async |query: &str| {
        let impact = app
            .read("auditor", &format!("/v1/intake/impact{query}"))
            .await
            .ok();
        let groups = impact.json["groups"].as_array().unwrap().clone();
        let names: Vec<String> = groups
            .iter()
            .map(|one| one["what"].as_str().unwrap().to_owned())
            .collect();
        names
    };
    assert_eq!(touched("?scope=act=draw").await, ["contracts"]);
    assert_eq!(touched("?scope=act=draw,product=guaranteed").await, [""; 0]);
    assert_eq!(
        touched("?scope=act=application,channel=pc").await,
        ["applications"]
    );
    for bad in ["?scope=gold", "?scope=act=draw&scope=act=draw", "?product=credit"] {
        let refused = app.read("auditor", &format!("/v1/intake/impact{bad}")).await;
        assert_eq!(refused.problem(), (400, "invalid-field"), "{bad}");
    }

    // Two persons reopen the one closing, by its epoch; the other stays.
    let keepers = app.keepers().await;
    app.reopen_at(&keepers, &epoch.to_string()).await.ok();
    assert_eq!(apply(&app, &path, "credit", "app").await.0, 201);
    let refused = app.write("channel", &url, &json!({ "amount": 1_000_000 })).await;
    assert_eq!(refused.problem(), (503, "intake-closed"));
    let history = app.read("auditor", "/v1/intake/history").await.ok();
    let scopes: Vec<&Value> = history.json["moves"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["scope"])
        .collect();
    assert_eq!(scopes[0], "act=application,product=credit,channel=app");
    assert_eq!(scopes[2], "act=draw");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reopening_agreed_on_for_a_time_happens_then_on_sqlite() {
    a_reopening_agreed_on_for_a_time_happens_then(TestApp::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reopening_agreed_on_for_a_time_happens_then_on_postgres() {
    if let Some(app) = TestApp::postgres().await {
        a_reopening_agreed_on_for_a_time_happens_then(app).await;
    }
}

async fn state(app: &TestApp) -> String {
    let intake = app.read("auditor", "/v1/intake").await.ok();
    intake.json["state"].as_str().unwrap().to_owned()
}

const MINUTE: i64 = 60 * 1_000_000;

async fn a_reopening_agreed_on_for_a_time_happens_then(app: TestApp) {
    let ann = app.person("ann", Role::Operator).await;
    let bob = app.person("bob", Role::Commander).await;
    let closed = app
        .act(&ann, "/v1/intake/close", &json!({ "reason": "drill" }))
        .await
        .ok();
    let epoch = closed.json["epoch"].to_string();
    let now = app.clock.now_micros();
    let wanted = |at: i64| json!({ "act": "intake.reopen_at", "parameters": { "epoch": epoch, "at": at.to_string() } });
    // A time that is over, or is not within a day.
    for at in [now, now + 24 * 60 * MINUTE - 1] {
        let refused = app.act(&ann, "/v1/proposals", &wanted(at)).await;
        assert_eq!(
            (refused.problem(), &refused.json["field"]),
            ((400, "invalid-field"), &json!("at"))
        );
        assert_eq!(state(&app).await, "closed");
    }
    let proposal = app
        .act(&ann, "/v1/proposals", &wanted(now + 10 * MINUTE))
        .await
        .created();
    let (id, digest) = (proposal.id(), proposal.json["digest"].clone());
    let alone = app
        .act(&ann, "/v1/proposals", &wanted(now + 2 * MINUTE))
        .await
        .created();
    let yes = json!({ "digest": digest, "approve": true });
    app.act(&bob, &format!("/v1/proposals/{id}/verdicts"), &yes)
        .await
        .ok();
    // Nobody carries it out before.
    let early = app
        .act(
            &ann,
            &format!("/v1/proposals/{id}/execution"),
            &json!({ "digest": digest }),
        )
        .await;
    assert_eq!(early.problem(), (409, "illegal-transition"));
    // What only one asked for does not happen at its time.
    app.hand.advance_micros(5 * MINUTE);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(state(&app).await, "reopening");
    app.hand.advance_micros(5 * MINUTE);
    for _ in 0..100 {
        if state(&app).await == "open" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(state(&app).await, "open");
    let history = app.read("auditor", "/v1/intake/history").await.ok();
    let newest = &history.json["moves"][0];
    assert_eq!([&newest["actor"], &newest["approval"]], ["schedule", id.as_str()]);
    let leaves = "SELECT COUNT(*) FROM evidence_leaves WHERE act = 'proposal.execute' AND body LIKE '%\"actor\":\"schedule\"%'";
    assert_eq!(app.number(leaves).await, 1);
    let shown = app
        .request("GET", &format!("/v1/proposals/{}", alone.id()))
        .bearer(&bob)
        .send()
        .await
        .ok();
    assert_eq!(shown.json["state"], "waiting");

    // A yes after its time comes too late, and so does one from somebody who is no leader any more by then.
    let closed = app
        .act(&ann, "/v1/intake/close", &json!({ "reason": "drill" }))
        .await
        .ok();
    let epoch = closed.json["epoch"].to_string();
    let soon = json!({ "epoch": epoch, "at": (app.clock.now_micros() + 2 * MINUTE).to_string() });
    let wanted = json!({ "act": "intake.reopen_at", "parameters": soon });
    let ids = [
        app.act(&ann, "/v1/proposals", &wanted).await.created(),
        app.act(&ann, "/v1/proposals", &wanted).await.created(),
    ];
    let yes = json!({ "digest": ids[0].json["digest"], "approve": true });
    app.act(&bob, &format!("/v1/proposals/{}/verdicts", ids[0].id()), &yes)
        .await
        .ok();
    let demoted = app.db.write(|tx| {
        Box::pin(async move {
            tx.exec("UPDATE accounts SET role = 'officer' WHERE name = 'bob'", &[])
                .await
        })
    });
    assert_eq!(demoted.await, Ok::<_, db::DbError>(1));
    app.hand.advance_micros(3 * MINUTE);
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(state(&app).await, "reopening");
    let cem = app.person("cem", Role::Commander).await;
    let late = app
        .act(&cem, &format!("/v1/proposals/{}/verdicts", ids[1].id()), &yes)
        .await;
    assert_eq!(late.problem(), (409, "illegal-transition"));
    assert_eq!(state(&app).await, "reopening");
    app.stop().await;
}
