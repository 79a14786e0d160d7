//! A draw that was asked for, and whose instruction had not left when intake was closed, is kept, and paid out or
//! cancelled once it opens.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_parked_is_released_or_cancelled_on_sqlite() {
    what_is_parked_is_released_or_cancelled(TestApp::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_parked_is_released_or_cancelled_on_postgres() {
    if let Some(app) = TestApp::postgres().await {
        what_is_parked_is_released_or_cancelled(app).await;
    }
}

const AMOUNT: i64 = 1_000_000;
const MINUTE: i64 = 60 * 1_000_000;

/// A draw as `POST /v1/contracts/{id}/draws` leaves it, whose payment the outbox looks at in a minute only.
async fn asked_for(app: &TestApp, path: &path::Path, id: &'static str) {
    let (contract, now) = (path.contract.clone(), app.clock.now_micros());
    let inserted = app.db.write(move |tx| {
        Box::pin(async move {
            let draw = "INSERT INTO draws (id, contract_id, firm_id, amount, state, request_digest, created_at) \
                        SELECT $1, id, firm_id, $2, 'requested', '', $3 FROM contracts WHERE id = $4";
            let limit = "UPDATE contracts SET drawn_amount = drawn_amount + $1 WHERE id = $2";
            tx.exec(draw, &[id.into(), AMOUNT.into(), now.into(), (&contract).into()])
                .await?;
            tx.exec(limit, &[AMOUNT.into(), (&contract).into()]).await?;
            store::outbox::insert(tx, &format!("eff_{id}"), "live", "payment", id, now + MINUTE).await
        })
    });
    inserted.await.unwrap();
}

async fn state(app: &TestApp, id: &str) -> String {
    let draw = app.read("auditor", &format!("/v1/draws/{id}")).await.ok();
    draw.json["state"].as_str().unwrap().to_owned()
}

/// Ids of the draws that a closing parks.
async fn parked(app: &TestApp) -> Vec<String> {
    let impact = app.read("auditor", "/v1/intake/impact").await.ok();
    let groups = impact.json["groups"].as_array().unwrap();
    let parked = groups.iter().filter(|group| group["fate"] == "parked");
    let ids = |group: &Value| {
        let items = group["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    parked.flat_map(ids).collect()
}

async fn close(app: &TestApp, scope: &str) -> String {
    let mut order = json!({ "reason": "drill", "scope": scope });
    if scope.starts_with("act=draw") {
        order["clause"] = json!("article 12");
    }
    let closed = app.write("operator", "/v1/intake/close", &order).await.ok();
    closed.json["epoch"].to_string()
}

async fn reopen(app: &TestApp, keepers: &[String; 2], parameters: Value) {
    let wanted = json!({ "act": "intake.reopen", "parameters": parameters });
    app.agree(keepers, &wanted).await.ok();
}

async fn what_is_parked_is_released_or_cancelled(app: TestApp) {
    let path = path::signed(&app).await;
    let keepers = app.keepers().await;
    let drawn = format!(
        "SELECT drawn_amount FROM contracts WHERE id = '{}'",
        path.contract
    );
    let (one, two) = (
        "drw_00000000000070008000000000000001",
        "drw_00000000000070008000000000000002",
    );

    // Released: nobody says a word about it.
    asked_for(&app, &path, one).await;
    let epoch = close(&app, "everything").await;
    app.hand.advance_micros(MINUTE);
    // The outbox has looked at it, and found intake closed.
    let refused = "SELECT COUNT(*) FROM outbox WHERE state = 'pending' AND failure = 'intake is closed'";
    for _ in 0..200 {
        if app.number(refused).await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(app.number(refused).await, 1);
    assert_eq!(
        (parked(&app).await, state(&app, one).await),
        (vec![one.to_owned()], "requested".to_owned())
    );
    reopen(&app, &keepers, json!({ "epoch": epoch })).await;
    app.hand.advance_micros(2_000_000);
    for _ in 0..200 {
        if state(&app, one).await == "paid" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(state(&app, one).await, "paid");
    assert_eq!(app.number(&drawn).await, AMOUNT);

    // Another product's reopening cancels nothing of this one; its own does.
    asked_for(&app, &path, two).await;
    let draws = close(&app, "act=draw").await;
    for scope in ["product=guaranteed", "act=application"] {
        let other = close(&app, scope).await;
        reopen(&app, &keepers, json!({ "epoch": other, "parked": "cancel" })).await;
        assert_eq!(parked(&app).await, [two], "{scope}");
    }
    // What is no answer to the question is not taken for one.
    for wrong in ["release", "drop", ""] {
        let wanted = json!({ "act": "intake.reopen", "parameters": { "epoch": draws, "parked": wrong } });
        let answer = app.act(&keepers[0], "/v1/proposals", &wanted).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    reopen(&app, &keepers, json!({ "epoch": draws, "parked": "cancel" })).await;
    assert_eq!(
        (parked(&app).await, state(&app, two).await),
        (vec![], "failed".to_owned())
    );
    assert_eq!(app.number(&drawn).await, AMOUNT, "the limit is free again");
    let history = app.read("auditor", "/v1/intake/history").await.ok();
    let reason = history.json["moves"][0]["reason"].as_str().unwrap();
    assert!(reason.ends_with("; 1 parked draws cancelled"), "{reason}");
    let told = format!("SELECT COUNT(*) FROM outbox WHERE kind = 'notice' AND reference = '{two}'");
    assert_eq!(app.number(&told).await, 1);
    // Nothing is left that could pay it out.
    app.hand.advance_micros(2 * MINUTE);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(state(&app, two).await, "failed");
    let pending = format!(
        "SELECT COUNT(*) FROM outbox WHERE state = 'pending' AND reference = '{two}' AND kind = 'payment'"
    );
    assert_eq!(app.number(&pending).await, 0);
    app.stop().await;
}
