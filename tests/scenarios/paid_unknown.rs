//! Killed between a payment and its commit, and closed before it is back: the draw whose instruction has left is
//! existing business, so it is confirmed while intake is closed, and the money has moved once.

use std::process::Command;
use std::time::Duration;

use client::contracts::RequestDraw;
use client::operations::IntakeOrder;
use serde_json::{Value, json};

use crate::binaries::shipped;
use crate::customer::People;
use crate::place::{self, Place, Store};
use crate::service::Service;
use crate::standin::Standin;

/// In fen.
const AMOUNT: i64 = 1_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_before_a_kill_is_confirmed_while_closed_on_sqlite() {
    what_was_paid_before_a_kill_is_confirmed_while_closed(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_before_a_kill_is_confirmed_while_closed_on_postgresql() {
    if place::postgres("a payment before a kill on PostgreSQL") {
        what_was_paid_before_a_kill_is_confirmed_while_closed(Store::Postgres).await;
    }
}

async fn what_was_paid_before_a_kill_is_confirmed_while_closed(store: Store) {
    let place = Place::new(store);
    let standin = Standin::start(&place);
    let mut service = Service::start(&place, &standin);
    let people = People::of(&place, &service.base);
    let (_, offered) = people.offered(1).await;
    let contract = people.signed(&offered.id).await;

    // Core banking pays, and its answer is lost.
    behaves(&standin, &json!({ "failure_rate": 1.0, "failure": "acted" })).await;
    let asked = people
        .channel
        .request_draw(&people.key(), &contract.id, &RequestDraw { amount: AMOUNT })
        .await
        .unwrap()
        .body;
    for _ in 0..500 {
        if moved(&standin).await == (1, AMOUNT) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(moved(&standin).await, (1, AMOUNT));
    service.process.kill();

    // Nobody answers, so the database itself is closed.
    let closed = Command::new(shipped("backstop"))
        .args([
            "intake", "close", "--reason", "drill", "--actor", "ann", "--direct",
        ])
        .arg(&place.url)
        .output()
        .unwrap();
    assert!(closed.status.success(), "{closed:?}");
    behaves(&standin, &json!({})).await;
    service.again(&place);
    assert_eq!(people.channel.intake().await.unwrap().body.state, "closed");
    let paid = people.paid(&asked.id).await;
    assert_eq!(paid.amount, AMOUNT);
    assert_eq!(moved(&standin).await, (1, AMOUNT), "once");
    // Closed is closed for what has not left, and what was confirmed goes on.
    let more = people
        .channel
        .request_draw(&people.key(), &contract.id, &RequestDraw { amount: AMOUNT })
        .await;
    assert_eq!(more.unwrap_err().code(), Some("intake-closed"));
    let again = people
        .operator
        .close_intake(&people.key(), &IntakeOrder::everything("drill"))
        .await;
    assert_eq!(again.unwrap().body.state, "closed");
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );
}

/// Tells core banking's stand-in how to behave.
async fn behaves(standin: &Standin, how: &Value) {
    let told = reqwest::Client::new()
        .put(format!("{}/control/core", standin.base))
        .header("content-type", "application/json")
        .body(how.to_string())
        .send();
    assert!(told.await.unwrap().status().is_success());
}

/// How many payments core banking made, and their sum.
async fn moved(standin: &Standin) -> (i64, i64) {
    let listed = reqwest::get(format!("{}/core/payments", standin.base))
        .await
        .unwrap();
    let listed: Value = serde_json::from_str(&listed.text().await.unwrap()).unwrap();
    (
        listed["count"].as_i64().unwrap(),
        listed["total"].as_i64().unwrap(),
    )
}
