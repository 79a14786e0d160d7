//! The database goes and comes back: 200, then 503 that says why, then 200.

use std::time::Duration;

use cluster::{Cluster, Options};
use serde_json::json;

use crate::app::TestApp;
use crate::path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_postgresql_the_service_refuses_and_recovers_by_itself() {
    if let Err(why) = cluster::available() {
        println!("SKIPPED: service without its PostgreSQL: {why}");
        return;
    }
    let mut cluster = tokio::task::spawn_blocking(|| Cluster::start(Options::default()).unwrap())
        .await
        .unwrap();
    cluster.create_database("outage").unwrap();
    let app = TestApp::builder().database(cluster.url("outage")).start().await;
    let firm = app
        .write("channel", "/v1/firms", &path::registration(&app, 1))
        .await
        .created();
    let (key, url) = (path::fresh_key(), format!("/v1/firms/{}/consents", firm.id()));
    let consent = json!({"source": "tax", "purpose": "pre_approval", "days": 1});

    cluster.kill();
    let refused = app.write_as("channel", &url, &key, &consent).await;
    assert!([500, 503].contains(&refused.status), "{}", refused.text);
    let read = app.read("channel", &format!("/v1/firms/{}", firm.id())).await;
    assert_eq!(read.problem(), (503, "unavailable"));
    assert_eq!(read.headers["retry-after"], "1");
    let ready = app.probe("/readyz").await;
    assert_eq!((ready.status, &ready.json["database"]), (503, &json!(false)));
    app.probe("/livez").await.ok();
    // Nobody knows the gate's state any more, so new business is turned away at the door.
    let apply = path::application(&app, 1, &firm.id());
    until(async || {
        app.write("channel", "/v1/applications", &apply).await.json["code"] == "intake-unverified"
    })
    .await;
    until(async || {
        app.probe("/metrics")
            .await
            .text
            .contains("financing_outbox_pending NaN")
    })
    .await;

    cluster.restart().unwrap();
    until(async || app.probe("/readyz").await.status == 200).await;
    app.write_as("channel", &url, &key, &consent).await.created();
    app.write("channel", "/v1/applications", &apply).await.created();
    app.stop().await;
    cluster.stop();
}

async fn until(mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..300 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not within 15 s");
}
