//! Every act leaves exactly one leaf, which soon stands under a signed
//! checkpoint; and checkpoints go out and come in.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use evidence::proof::Head;
use serde_json::{Value, json};

use crate::app::{TestApp, other_log};
use crate::path::{self, Path};

const LEAVES: &str = "SELECT COUNT(*) FROM evidence_leaves WHERE act = $1";

/// What only people do, under sessions: their stories in `access` and `proposals` count the leaves.
const PEOPLES: &[&str] = &[
    "account.disable",
    "account.password",
    "proposal.execute",
    "proposal.judge",
    "proposal.open",
    "session.begin",
    "session.end",
];

/// The acts of all routes, as the OpenAPI document names them.
fn documented() -> BTreeSet<String> {
    let document = serde_json::to_value(service::openapi::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    paths
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .filter_map(|operation| operation["x-act"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acting_route_leaves_exactly_one_leaf_on_sqlite() {
    every_acting_route(&TestApp::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acting_route_leaves_exactly_one_leaf_on_postgresql() {
    if let Some(app) = TestApp::postgres().await {
        every_acting_route(&app).await;
    }
}

async fn every_acting_route(app: &TestApp) {
    let path = accepted(app).await;
    let acts = documented();
    let mut done = BTreeSet::new();
    // In the order in which they can be done.
    for act in [
        "firm.reveal",
        "application.reveal",
        "application.take_up",
        "task.report",
        "application.approve",
        "entry.reverse",
        "renewal.ask",
        "renewal.decide",
        "day.run",
        "intake.settle_doubt",
        "intake.close",
    ] {
        let (holder, url, body) = what_does(app, &path, act).await;
        let key = path::fresh_key();
        let before = app.count(LEAVES, act).await;
        app.write_as(holder, &url, &key, &body).await.succeeded();
        assert_eq!(app.count(LEAVES, act).await, before + 1, "{act}");
        // The same request again is the same act; only what is shown again is another.
        app.write_as(holder, &url, &key, &body).await.succeeded();
        let after = before + if act.ends_with(".reveal") { 2 } else { 1 };
        assert_eq!(app.count(LEAVES, act).await, after, "{act} replayed");
        // A refused one is none.
        let refused = app.write(holder, &url, &json!({"nonsense": 1})).await;
        assert!(refused.status >= 400);
        assert_eq!(app.count(LEAVES, act).await, after, "{act} refused");
        done.insert(act.to_owned());
    }
    done.extend(PEOPLES.iter().map(|act| (*act).to_owned()));
    assert_eq!(done, acts, "a route that acts, and no story of it here");
}

/// Who does it, where, with which body; prepares what it needs.
async fn what_does(app: &TestApp, path: &Path, act: &str) -> (&'static str, String, Value) {
    let reason = json!({"reason": "drill"});
    let look = json!({"fields": ["phone"], "purpose": "diligence", "reference": path.task});
    match act {
        "firm.reveal" => ("officer1", format!("/v1/firms/{}/reveal", path.firm), look),
        "application.reveal" => (
            "officer1",
            format!("/v1/applications/{}/reveal", path.application),
            look,
        ),
        "application.take_up" => (
            "officer1",
            format!("/v1/applications/{}/take-up", referred(app).await),
            json!({}),
        ),
        "task.report" => (
            "officer1",
            format!("/v1/tasks/{}/report", path.task),
            path::report(),
        ),
        "application.approve" => (
            "officer1",
            format!("/v1/applications/{}/approvals", path.application),
            json!({"verdict": "approve"}),
        ),
        "entry.reverse" => (
            "operator",
            format!("/v1/entries/{}/reversal", repaid(app, path).await),
            reason,
        ),
        "renewal.ask" => (
            "channel",
            format!("/v1/loans/{}/extensions", only(app, "SELECT id FROM loans").await),
            json!({"months": 1}),
        ),
        "renewal.decide" => (
            "officer1",
            format!(
                "/v1/renewals/{}/verdicts",
                only(app, "SELECT id FROM renewals").await
            ),
            json!({"verdict": "grant"}),
        ),
        "day.run" => (
            "operator",
            "/v1/days".to_owned(),
            json!({"business_date": app.clock.today().to_string()}),
        ),
        "intake.settle_doubt" => (
            "operator",
            format!("/v1/intake/doubts/{}/finding", doubted(app).await),
            json!({"finding": "not_moved", "reason": "core banking knows of nothing"}),
        ),
        "intake.close" => ("operator", "/v1/intake/close".to_owned(), reason),
        other => panic!("no story of {other}"),
    }
}

/// The one row's text.
async fn only(app: &TestApp, sql: &'static str) -> String {
    let read = app.db.read(move |tx| {
        Box::pin(async move {
            let row = tx.one(sql, &[]).await?.unwrap();
            Ok::<_, db::DbError>(row.text(0)?.to_owned())
        })
    });
    read.await.unwrap()
}

/// A case as a closing leaves it that ended a transaction with a draw in hand.
async fn doubted(app: &TestApp) -> &'static str {
    let noted = app.db.write(|tx| {
        Box::pin(async move {
            let sql = "INSERT INTO intake_doubts (id, epoch, pid, application, role, open_ms, at) \
                       VALUES ('7-8', 2, 8, 'psql', 'teller', 1200, 7)";
            tx.exec(sql, &[]).await
        })
    });
    assert_eq!(noted.await, Ok::<_, db::DbError>(1));
    "7-8"
}

async fn accepted(app: &TestApp) -> Path {
    let mut path = path::pre_approved(app).await;
    let url = format!("/v1/applications/{}/accept", path.application);
    let accepted = app.write("channel", &url, &json!({})).await.ok();
    accepted.json["task_id"]
        .as_str()
        .unwrap()
        .clone_into(&mut path.task);
    path
}

/// An application that the rules refer to a person: without data nobody is approved by rule.
async fn referred(app: &TestApp) -> String {
    /// Beyond those that `path` registers.
    const FIRM: u64 = 901;
    let applied = path::without_data(app, FIRM).await;
    let url = format!("/v1/applications/{applied}/pre-approval");
    let decided = app.write("channel", &url, &json!({})).await.ok();
    assert_eq!(decided.json["state"], "in_review", "{}", decided.text);
    applied
}

/// The ledger entry of a repayment, once the second officer has approved.
async fn repaid(app: &TestApp, path: &Path) -> String {
    let on = |verb: &str| format!("/v1/applications/{}/{verb}", path.application);
    let verdict = json!({"verdict": "approve"});
    app.write("officer2", &on("approvals"), &verdict).await.ok();
    let contract = app
        .write("channel", &on("contract"), &json!({}))
        .await
        .created()
        .id();
    let signed = Path {
        contract,
        ..path.clone()
    };
    let loan = path::lent(app, &signed, path.limit).await;
    let url = format!("/v1/loans/{loan}/repayments");
    let repayment = app
        .write("channel", &url, &json!({"amount": 10_000}))
        .await
        .created();
    app.entry_about(&repayment.id()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_is_soon_under_a_checkpoint_that_the_public_key_verifies() {
    let app = TestApp::sqlite().await;
    app.write("operator", "/v1/intake/close", &json!({"reason": "drill"}))
        .await
        .ok();
    let head = eventually(async || {
        let text = std::fs::read_to_string(app.anchor_file()).unwrap();
        let line: Value = serde_json::from_str(text.lines().last()?).unwrap();
        Some(
            app.evidence_key()
                .open(line["checkpoint"].as_str().unwrap())
                .unwrap(),
        )
    })
    .await;
    assert_eq!(head.size, 1);
    let figures = eventually(async || {
        let figures = app.figures_after_a_sample().await;
        figures
            .contains("financing_evidence_signed_size 1\n")
            .then_some(figures)
    })
    .await;
    for figure in [
        "pending 0",
        "oldest_seconds 0",
        "size 1",
        "alarm 0",
        "duty{duty=\"holding\"} 1",
    ] {
        assert!(
            figures.contains(&format!("financing_evidence_{figure}\n")),
            "{figures}"
        );
    }
    // After a restart the log goes on where it was.
    let app = app.restart().await;
    app.write("operator", "/v1/intake/close", &json!({"reason": "drill, again"}))
        .await
        .ok();
    eventually(async || {
        let text = std::fs::read_to_string(app.anchor_file()).unwrap();
        (text.lines().count() == 2).then_some(())
    })
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkpoints_go_to_a_webhook_until_it_takes_them() {
    type Taken = Arc<Mutex<Vec<String>>>;
    let taken = Taken::default();
    let take = async |State(taken): State<Taken>, body: String| {
        let mut taken = taken.lock().unwrap();
        taken.push(body);
        // Down at first.
        if taken.len() == 1 {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::NO_CONTENT
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/anchors", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/anchors", post(take))
        .with_state(taken.clone());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });

    let app = TestApp::builder().webhook(url).start().await;
    let order = json!({"reason": "drill of Acme Trading", "incident": "INC-1"});
    app.write("operator", "/v1/intake/close", &order).await.ok();
    eventually(async || (taken.lock().unwrap().len() == 2).then_some(())).await;
    let sent = taken.lock().unwrap().clone();
    assert_eq!(sent[0], sent[1], "the same checkpoint, again");
    let body: Value = serde_json::from_str(&sent[1]).unwrap();
    assert_eq!(body.as_object().unwrap().len(), 1);
    let note = body["checkpoint"].as_str().unwrap();
    assert_eq!(app.evidence_key().open(note).unwrap().size, 1);
    eventually(async || {
        let figures = app.probe("/metrics").await.ok_text();
        figures
            .contains("financing_evidence_anchored_size{receiver=\"webhook-1\"} 1")
            .then_some(())
    })
    .await;
    app.stop().await;
    server.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkpoints_go_to_the_other_plane_under_a_token_that_is_read_anew() {
    type Taken = Arc<Mutex<Vec<(bool, String)>>>;
    let taken = Taken::default();
    let take = async |State(taken): State<Taken>, headers: HeaderMap, body: String| {
        let known = headers
            .get("authorization")
            .is_some_and(|token| token == "Bearer bst_second");
        taken.lock().unwrap().push((known, body));
        if known {
            StatusCode::NO_CONTENT
        } else {
            StatusCode::UNAUTHORIZED
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/v1/evidence/anchors", post(take))
        .with_state(taken.clone());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let dir = tempfile::tempdir().unwrap();
    let token = dir.path().join("plane.token");
    std::fs::write(&token, "bst_first\n").unwrap();

    let app = TestApp::builder().plane(url, token.clone()).start().await;
    let order = json!({"reason": "drill"});
    app.write("operator", "/v1/intake/close", &order).await.ok();
    let came = |known| taken.lock().unwrap().iter().any(|(was, _)| *was == known);
    eventually(async || came(false).then_some(())).await;
    // Rotated: no restart is needed.
    std::fs::write(&token, "bst_second\n").unwrap();
    eventually(async || came(true).then_some(())).await;
    let (_, body) = taken.lock().unwrap().last().cloned().unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    let note = body["checkpoint"].as_str().unwrap();
    assert_eq!(app.evidence_key().open(note).unwrap().size, 1);
    eventually(async || {
        let figures = app.probe("/metrics").await.ok_text();
        figures
            .contains("financing_evidence_anchored_size{receiver=\"plane\"} 1")
            .then_some(())
    })
    .await;
    app.stop().await;
    server.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_planes_checkpoints_are_verified_and_kept_without_a_leaf() {
    let app = TestApp::sqlite().await;
    let take = async |note: String| {
        app.write(
            "control-plane",
            "/v1/evidence/anchors",
            &json!({"checkpoint": note}),
        )
        .await
    };
    let head = |root| Head {
        size: 5,
        root: [root; 32],
    };
    let note = other_log().checkpoint(&head(1));
    let kept = take(note.clone()).await.created();
    assert_eq!(kept.json, json!({"origin": "backstop/control", "size": 5}));
    take(note.clone()).await.created();
    let split = take(other_log().checkpoint(&head(2))).await;
    assert_eq!(split.problem(), (409, "already-exists"));
    let forged = take(note.replace("\n5\n", "\n6\n")).await;
    assert_eq!(forged.problem(), (400, "invalid-field"));
    let kept = "SELECT COUNT(*) FROM evidence_checkpoints WHERE origin = $1";
    assert_eq!(app.count(kept, "backstop/control").await, 1);
    let leaves = "SELECT COUNT(*) FROM evidence_leaves WHERE act <> $1";
    assert_eq!(app.count(leaves, "").await, 0);
    app.stop().await;
}

async fn eventually<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not within 10 s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_that_is_run_from_the_command_line_leaves_exactly_one_leaf() {
    let app = TestApp::sqlite().await;
    for run in 1..=2 {
        let ended = tokio::process::Command::new(env!("CARGO_BIN_EXE_financing"))
            .args(["eod", "--date", "2026-03-02", "--actor", "operator-1"])
            .args(["--database", app.database()])
            .output()
            .await
            .unwrap();
        assert!(ended.status.success(), "{ended:?}");
        assert_eq!(app.count(LEAVES, "day.run").await, run, "every order is one act");
    }
    app.stop().await;
}
