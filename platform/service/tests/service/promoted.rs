//! The primary is lost and its standby promoted: with what was acknowledged, or without.

use cluster::{Cluster, Options};
use serde_json::{Value, json};

use crate::app::TestApp;

/// A primary with a standby, and a service on it with a journal.
async fn pair() -> Option<(Cluster, Cluster, TestApp)> {
    if let Err(why) = cluster::available() {
        println!("SKIPPED: the promotion of a standby: {why}");
        return None;
    }
    let started = tokio::task::spawn_blocking(|| {
        let primary = Cluster::start(Options::default()).unwrap();
        primary.create_database("business").unwrap();
        let standby = primary.standby("standby").unwrap();
        (primary, standby)
    });
    let (primary, standby) = started.await.unwrap();
    let builder = TestApp::builder().recovery().database(primary.url("business"));
    let app = builder.start().await;
    caught_up(&primary);
    Some((primary, standby, app))
}

/// Waits until the standby has everything.
fn caught_up(primary: &Cluster) {
    let wait = "DO $$ BEGIN FOR i IN 1..200 LOOP \
                IF EXISTS (SELECT FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn()) THEN RETURN; END IF; \
                PERFORM pg_sleep(0.05); PERFORM pg_stat_clear_snapshot(); END LOOP; RAISE 'the standby lags'; END $$";
    primary.sql("postgres", wait).unwrap();
}

async fn close(app: &TestApp) -> i64 {
    let order = json!({ "reason": "drill" });
    let closed = app.write("operator", "/v1/intake/close", &order).await.ok();
    closed.json["epoch"].as_i64().unwrap()
}

async fn intake(app: &TestApp) -> Value {
    app.read("auditor", "/v1/intake").await.ok().json
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_lagged_is_not_believed() {
    let Some((mut primary, mut standby, app)) = pair().await else {
        return;
    };
    standby.kill();
    let epoch = close(&app).await;
    primary.kill();
    standby.restart().unwrap();
    standby.promote().unwrap();
    // The fault that the journal is for: without it the standby is as open as it ever was.
    let app = app.moved(standby.url("business"), false).await;
    assert_eq!(intake(&app).await["state"], "open");
    let app = app.moved(standby.url("business"), true).await;
    let shown = intake(&app).await;
    assert_eq!(shown["state"], "closed (unverified)", "{shown}");
    assert!(shown["epoch"].as_i64() > Some(epoch));
    let (code, said, _) = app.reconcile(&app.recovery_journal(), &[]).await;
    assert_eq!(code, 1, "{said}");
    let apply = ["--apply", "--actor", "bob", "--reason", "promoted"];
    let (code, said, complaint) = app.reconcile(&app.recovery_journal(), &apply).await;
    assert_eq!(
        (code, &said["unverified"]),
        (0, &json!(false)),
        "{said} {complaint}"
    );
    assert_eq!(intake(&app).await["state"], "closed");
    app.stop().await;
    primary.stop();
    standby.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synchronous_standby_keeps_the_state() {
    let Some((mut primary, mut standby, app)) = pair().await else {
        return;
    };
    primary
        .sql(
            "postgres",
            "ALTER SYSTEM SET synchronous_standby_names = 'standby'",
        )
        .unwrap();
    primary.sql("postgres", "SELECT pg_reload_conf()").unwrap();
    let epoch = close(&app).await;
    primary.kill();
    standby.promote().unwrap();
    let app = app.moved(standby.url("business"), true).await;
    let shown = intake(&app).await;
    assert_eq!(
        (&shown["state"], shown["epoch"].as_i64()),
        (&json!("closed"), Some(epoch))
    );
    let (code, said, _) = app.reconcile(&app.recovery_journal(), &[]).await;
    assert_eq!(code, 0, "{said}");
    app.stop().await;
    primary.stop();
    standby.stop();
}
