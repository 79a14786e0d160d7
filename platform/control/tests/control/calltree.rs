//! The monthly test of the call tree: begun by the calendar or by hand, answered over the gateway, closed, on record.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use auth::Role;
use client::http::Request;
use client::watch::{CallTree, CallTrees};
use laws::verdict::Verdict;
use serde_json::{Value, json};

use crate::acts::law_7;
use crate::answers::{Outside, code, leaves, send};
use crate::plane::{self, Plane};

/// Set in the process that is killed: its folder.
const FOLDER: &str = "BACKSTOP_CONTROL_KILLED";

/// Due since this minute, on each day of the month; or never, on the next day but one.
fn calendar(due: bool, within: &str) -> String {
    let minutes = base::clock::Clock::system().now_micros() / 60_000_000 + 480;
    // Between now and four hours ago it is due, at any other time of the day it is not.
    let minute = (minutes + if due { 0 } else { 720 }) % 1_440;
    format!(
        "[notify.call_tree]\nescalation = \"tree\"\nday = 1\nat = \"{:02}:{:02}\"\nwithin = \"{within}\"\n",
        minute / 60,
        minute % 60
    )
}

async fn trees(plane: &Plane) -> CallTrees {
    let client = plane.client(Role::Auditor);
    client.send(&Request::call_trees()).await.unwrap().body
}

async fn closed(plane: &Plane) -> CallTree {
    for _ in 0..300 {
        let latest = trees(plane).await.call_trees.into_iter().next();
        if let Some(tree) = latest.filter(|tree| tree.state != "running") {
            return tree;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no test was closed within 15 s: {:?}", trees(plane).await);
}

/// Answers as the gateway hands back what somebody wrote.
async fn answer(plane: &Plane, outside: &Outside, number: &str) -> Value {
    let (_, page) = outside
        .got("/sms", |page| {
            page["to"].as_str().is_some_and(|to| to.ends_with(number))
        })
        .await;
    let page: Value = serde_json::from_str(&page).unwrap();
    let code = code(page["text"].as_str().unwrap());
    let (status, said) = send(plane, "replies/sms", &json!({ "from": number, "text": code })).await;
    assert_eq!(status, 200, "{said}");
    said
}

async fn metrics(plane: &Plane) -> String {
    let shown = reqwest::get(format!("{}/metrics", plane.url)).await.unwrap();
    shown.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_calendar_begins_a_test_that_ends_once_everybody_answered() {
    let outside = Outside::start().await;
    let plane = Plane::watching(&outside.config(&outside.gateway(), &calendar(true, "30m"))).await;
    for number in ["13800000001", "13900000002"] {
        let said = answer(&plane, &outside, number).await;
        assert_eq!(
            (&said["about"], &said["changed"]),
            (&json!("call-tree"), &json!(true))
        );
        assert_eq!(answer_again(&plane, &outside, number).await, json!(false));
    }
    let tree = closed(&plane).await;
    assert_eq!(
        (tree.state.as_str(), tree.begun_by.as_str()),
        ("passed", "calendar")
    );
    let ways: Vec<Option<&str>> = tree.calls.iter().map(|call| call.way.as_deref()).collect();
    assert_eq!(ways, [Some("reply"), Some("reply")]);
    let shown = metrics(&plane).await;
    for line in [
        "backstop_notify_call_tree_passed 1\n",
        "backstop_notify_call_tree_missing 0\n",
    ] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
    assert!(
        shown.contains("backstop_notify_call_tree_ended_seconds 1"),
        "{shown}"
    );
    // It was held this month.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(trees(&plane).await.call_trees.len(), 1);
    let begun = leaves(&plane, "calltree.begin").await;
    assert_eq!((begun.len(), begun[0].0.as_str()), (1, "calendar"));
    let ended = leaves(&plane, "calltree.end").await;
    assert_eq!(ended.len(), 1);
    assert_eq!(
        ended[0].1["body"],
        json!({ "answered": 2, "called": 2, "missing": [], "missing_count": 0, "passed": true })
    );
    assert_eq!(plane.leaves("watch.ack").await, 0, "its end says who answered");
    plane.signed(2).await;
    let database = plane.database.clone();
    let dir = plane.stop().await;
    let ruling = law_7(&database, dir.path(), 2).await;
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
}

async fn answer_again(plane: &Plane, outside: &Outside, number: &str) -> Value {
    // While the test runs its code is known; after the last answer it is closed, and the code stands for nothing.
    let (_, page) = outside
        .got("/sms", |page| {
            page["to"].as_str().is_some_and(|to| to.ends_with(number))
        })
        .await;
    let page: Value = serde_json::from_str(&page).unwrap();
    let text = code(page["text"].as_str().unwrap());
    let (status, said) = send(plane, "replies/sms", &json!({ "from": number, "text": text })).await;
    match status.as_u16() {
        404 => json!(false),
        _ => said["changed"].clone(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_by_hand_is_begun_once_and_fails_for_whoever_did_not_answer() {
    let outside = Outside::start().await;
    let plane = Plane::watching(&outside.config(&outside.gateway(), &calendar(false, "4s"))).await;
    let shown = trees(&plane).await;
    assert_eq!(shown.planned.unwrap().people, ["first", "second"]);
    assert!(shown.call_trees.is_empty());
    let operator = plane.client(Role::Operator);
    let begun = operator.send(&Request::begin_call_tree("b")).await.unwrap();
    let again = operator.send(&Request::begin_call_tree("b")).await.unwrap();
    assert!(again.replayed && again.body == begun.body);
    let other = operator.send(&Request::begin_call_tree("c")).await.unwrap_err();
    assert_eq!(other.code(), Some("illegal-transition"));
    answer(&plane, &outside, "13800000001").await;
    let tree = closed(&plane).await;
    assert_eq!(
        (tree.state.as_str(), tree.begun_by.as_str()),
        ("failed", "operator")
    );
    let ended = leaves(&plane, "calltree.end").await;
    assert_eq!(
        ended[0].1["body"],
        json!({ "answered": 1, "called": 2, "missing": ["second"], "missing_count": 1, "passed": false })
    );
    let shown = metrics(&plane).await;
    assert!(shown.contains("backstop_notify_call_tree_passed 0\n"), "{shown}");
    assert_eq!(plane.leaves("calltree.begin").await, 1);
    plane.signed(2).await;
    let database = plane.database.clone();
    let dir = plane.stop().await;
    let ruling = law_7(&database, dir.path(), 2).await;
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_without_its_leaf_and_a_leaf_without_its_test_break_law_7() {
    for (planted, found) in [
        (
            "DELETE FROM evidence_leaves WHERE act = 'calltree.end'",
            "act-not-logged",
        ),
        (
            "DELETE FROM evidence_leaves WHERE act = 'calltree.begin'",
            "act-not-logged",
        ),
        ("DELETE FROM notify_trees", "leaf-without-act"),
    ] {
        let outside = Outside::start().await;
        let plane = Plane::watching(&outside.config(&outside.gateway(), &calendar(true, "1s"))).await;
        closed(&plane).await;
        plane.signed(2).await;
        let job = plane
            .db
            .write(move |tx| Box::pin(async move { tx.batch(planted).await }));
        job.await.unwrap();
        let database = plane.database.clone();
        let dir = plane.stop().await;
        let ruling = law_7(&database, dir.path(), 2).await;
        assert_eq!(ruling.verdict, Verdict::Broken, "{planted}");
        assert!(
            ruling.findings.iter().any(|finding| finding.what == found),
            "{ruling:#?}"
        );
    }
}

/// If this process is the one that is killed, serves until it is.
fn serve_if_asked() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how a test tells its second process what to do"
    )]
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let serving = async move {
        let folder = Path::new(&folder);
        let config = std::fs::read_to_string(folder.join("watch.toml")).unwrap();
        let (_, _, _, serving) = plane::serve(folder, &database(folder), &config).await;
        serving.await.unwrap();
    };
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(serving);
}

fn database(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("control.db").display())
}

#[test]
fn a_kill_at_any_moment_begins_no_test_twice_and_ends_it_once() {
    serve_if_asked();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let outside = Outside::start().await;
        let folder = tempfile::tempdir().unwrap();
        plane::keys(folder.path());
        let config = outside.config(&outside.gateway(), &calendar(true, "5s"));
        std::fs::write(folder.path().join("watch.toml"), &config).unwrap();
        for kill in 0..24_u64 {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "calltree::a_kill_at_any_moment_begins_no_test_twice_and_ends_it_once",
                ])
                .env(FOLDER, folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            tokio::time::sleep(Duration::from_millis(60 + kill * 37 % 600)).await;
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let (_, db, shutdown, serving) = plane::serve(folder.path(), &database(folder.path()), &config).await;
        let sql = "SELECT (SELECT COUNT(*) FROM evidence_leaves WHERE act = 'calltree.begin') * 100 + \
                   (SELECT COUNT(*) FROM evidence_leaves WHERE act = 'calltree.end') * 10 + \
                   (SELECT COUNT(*) FROM notify_trees)";
        let mut counts = 0;
        for _ in 0..300 {
            counts = db.one(sql, &[]).await.unwrap().unwrap().int(0).unwrap();
            if counts == 111 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(counts, 111, "one begun, one ended, one test");
        // The calendar is looked at once more.
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(db.one(sql, &[]).await.unwrap().unwrap().int(0).unwrap(), 111);
        shutdown.trigger();
        serving.await.unwrap();
        db.close().await;
        let ruling = law_7(&database(folder.path()), folder.path(), 2).await;
        assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
    });
}
