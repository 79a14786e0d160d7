//! From registration to early payoff and the end of the day, on both databases.

use serde_json::json;

use crate::app::TestApp;
use crate::path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_firm_borrows_and_repays_on_sqlite() {
    let app = TestApp::sqlite().await;
    borrows_and_repays(&app).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_firm_borrows_and_repays_on_postgresql() {
    let Some(app) = TestApp::postgres().await else {
        return;
    };
    borrows_and_repays(&app).await;
    app.stop().await;
}

async fn borrows_and_repays(app: &TestApp) {
    let path = path::signed(app).await;
    let loan = path::lent(app, &path, path.limit).await;
    let url = format!("/v1/loans/{loan}");

    let fresh = app.read("channel", &url).await.ok();
    assert_eq!(fresh.json["state"], "active");
    assert_eq!(fresh.json["principal"], path.limit);

    let repaid = app
        .write(
            "channel",
            &format!("{url}/repayments"),
            &json!({"amount": 100_000}),
        )
        .await
        .created();
    assert_eq!(repaid.json["amount"], 100_000);

    let quote = app.read("channel", &format!("{url}/payoff")).await.ok();
    let settled = app
        .write("channel", &format!("{url}/payoff"), &json!({}))
        .await
        .created();
    assert_eq!(settled.json["amount"], quote.json["total"]);
    assert_eq!(settled.json["loan_state"], "settled");

    let statement = app.read("auditor", &format!("{url}/statement")).await.ok();
    assert_eq!(statement.json["repayments"].as_array().unwrap().len(), 2);
    assert_eq!(statement.json["loan"]["principal"], 0);

    let today = app.clock.today().to_string();
    for _ in 0..2 {
        let day = app
            .write("operator", "/v1/days", &json!({"business_date": today}))
            .await
            .ok();
        assert_eq!(day.json["state"], "done");
    }
    assert_eq!(
        app.money_moved().await,
        (1, path.limit),
        "the core bank paid once"
    );
}
