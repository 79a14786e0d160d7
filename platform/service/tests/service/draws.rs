//! A draw that is asked for fifty times at once moves money once.

use serde_json::json;

use crate::app::TestApp;
use crate::path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_identical_draws_move_money_once_on_sqlite() {
    let app = TestApp::sqlite().await;
    fifty_identical_draws(&app).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_identical_draws_move_money_once_on_postgresql() {
    let Some(app) = TestApp::postgres().await else {
        return;
    };
    fifty_identical_draws(&app).await;
    app.stop().await;
}

async fn fifty_identical_draws(app: &TestApp) {
    let path = path::signed(app).await;
    let url = format!("/v1/contracts/{}/draws", path.contract);
    let amount = path.limit / 4;
    let body = json!({"amount": amount});
    let key = path::fresh_key();
    let answers =
        futures::future::join_all((0..50).map(|_| app.write_as("channel", &url, &key, &body))).await;

    let ids: std::collections::BTreeSet<String> = answers
        .iter()
        .map(|answer| {
            assert_eq!(answer.status, 202, "{answer:?}");
            answer.id()
        })
        .collect();
    assert_eq!(ids.len(), 1, "one draw");
    assert_eq!(
        answers.iter().filter(|answer| !answer.replayed).count(),
        1,
        "one first answer"
    );

    path::paid(app, ids.first().unwrap()).await;
    let contract = app
        .read("auditor", &format!("/v1/contracts/{}", path.contract))
        .await
        .ok();
    assert_eq!(contract.json["drawn"], amount);
    assert_eq!(app.money_moved().await, (1, amount));
}
