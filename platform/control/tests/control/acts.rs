//! Each act leaves one leaf, however often it is asked for, and law 7 holds over them.

use std::collections::{BTreeMap, BTreeSet};

use auth::Role;
use client::drills::{AnnounceFault, BeginDrill, EndDrill};
use client::http::CallError;
use laws::log::{Key, Plane as Whose, anchors, every_act_is_logged};
use laws::verdict::{Ruling, Verdict};

use crate::plane::Plane;

/// Every act of a drill and how it is done here; a new route with another act has to be put here.
const ACTS: &[&str] = &["drill.begin", "drill.end", "fault.announce"];
/// Those on the watcher, which `watching` does.
pub(crate) const WATCHING: &[&str] = &["watch.ack", "watch.expire", "watch.silence", "watch.test"];

/// Those that `answers` and `calltree` do; `watch.ack` is one of them, too.
const ANSWERING: &[&str] = &["calltree.begin", "watch.ticket"];

fn rehearsal() -> BeginDrill {
    BeginDrill {
        kind: "rehearsal".to_owned(),
        parameters: BTreeMap::from([("seed".to_owned(), "7".to_owned())]),
    }
}

fn kill() -> AnnounceFault {
    AnnounceFault {
        fault: "kill".to_owned(),
        target: "financing".to_owned(),
    }
}

fn held() -> EndDrill {
    EndDrill {
        outcome: "held".to_owned(),
        laws: BTreeMap::from([(7, "held".to_owned())]),
        report_sha256: Some("0a".repeat(32)),
    }
}

fn code<T: std::fmt::Debug>(refused: Result<T, CallError>) -> String {
    refused.unwrap_err().code().unwrap_or("no code").to_owned()
}

#[test]
fn the_document_has_every_route_and_these_acts() {
    let document = serde_json::to_value(control::openapi::document()).unwrap();
    let (mut written, mut acts) = (BTreeSet::new(), BTreeSet::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            written.insert(format!("{} {path}", method.to_uppercase()));
            acts.extend(operation["x-act"].as_str().map(str::to_owned));
        }
    }
    let routes = control::router::routes();
    let served: BTreeSet<String> = routes.iter().map(|row| row.route.name.to_owned()).collect();
    assert_eq!(written, served);
    let known: BTreeSet<&str> = [ACTS, WATCHING, ANSWERING, crate::runs::ACTS]
        .concat()
        .into_iter()
        .collect();
    assert_eq!(acts.iter().map(String::as_str).collect::<BTreeSet<_>>(), known);
}

/// A whole drill, each request sent twice.
async fn drill(plane: &Plane) -> String {
    let client = plane.client(Role::Operator);
    let begun = client.begin_drill("b", &rehearsal()).await.unwrap();
    let again = client.begin_drill("b", &rehearsal()).await.unwrap();
    assert!(again.replayed && !begun.replayed && again.body == begun.body);
    let id = begun.body.id;
    for replayed in [false, true] {
        let told = client.announce_fault("f", &id, &kill()).await.unwrap();
        assert_eq!((told.replayed, told.body.faults.len()), (replayed, 1));
    }
    for replayed in [false, true] {
        let ended = client.end_drill("e", &id, &held()).await.unwrap();
        assert_eq!((ended.status, ended.replayed), (200, replayed));
    }
    id
}

pub(crate) async fn law_7(database: &str, dir: &std::path::Path, acts: u64) -> Ruling {
    let key = std::fs::read_to_string(dir.join("evidence.pub")).unwrap();
    let keys = [Key::parse(&key).unwrap()];
    let outside = anchors::read(&dir.join("anchors.jsonl"), &keys).unwrap();
    assert!(!outside.is_empty());
    every_act_is_logged(Whose::of(&keys), database, &keys, &outside, acts)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_leaves_exactly_one_leaf_and_law_7_holds() {
    let plane = Plane::start().await;
    let id = drill(&plane).await;
    for act in ACTS {
        assert_eq!(plane.leaves(act).await, 1, "{act}");
    }
    let shown = plane.client(Role::Auditor).drill(&id).await.unwrap().body;
    assert_eq!(shown.parameters["seed"], "7");
    assert_eq!(shown.end.unwrap().report_sha256, held().report_sha256);
    plane.signed(3).await;
    let database = plane.database.clone();
    let dir = plane.stop().await;
    let ruling = law_7(&database, dir.path(), 3).await;
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
    assert_eq!(
        (&ruling.evidence["leaves"], &ruling.evidence["anchored"]),
        (&3.into(), &3.into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_that_left_no_leaf_and_a_leaf_without_its_act_break_law_7() {
    for (planted, found) in [
        (
            "INSERT INTO drills VALUES ('drl_x', 'rehearsal', '{}', 5, 'operator', 'k', NULL, NULL, NULL, NULL, NULL, NULL)",
            "act-not-logged",
        ),
        ("UPDATE drills SET ended_at = ended_at + 1", "act-not-logged"),
        (
            "INSERT INTO drill_faults VALUES ('flt_x', 'drl_x', 'kill', 'financing', 5, 'operator', 'k')",
            "act-not-logged",
        ),
        ("DELETE FROM drill_faults", "leaf-without-act"),
        (
            "DELETE FROM evidence_leaves WHERE act = 'drill.end'",
            "act-not-logged",
        ),
    ] {
        let plane = Plane::start().await;
        drill(&plane).await;
        plane.signed(3).await;
        let plant = planted.to_owned();
        let job = plane
            .db
            .write(move |tx| Box::pin(async move { tx.batch(&plant).await }));
        job.await.unwrap();
        let database = plane.database.clone();
        let dir = plane.stop().await;
        let ruling = law_7(&database, dir.path(), 3).await;
        assert_eq!(ruling.verdict, Verdict::Broken, "{planted}");
        assert!(
            ruling.findings.iter().any(|finding| finding.what == found),
            "{ruling:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_is_no_act_and_says_what_to_mend() {
    let plane = Plane::start().await;
    let client = plane.client(Role::Commander);
    let sentence = BeginDrill {
        kind: "张三 13800000000".to_owned(),
        ..rehearsal()
    };
    let refused = client.begin_drill("b", &sentence).await.unwrap_err();
    assert!(refused.to_string().contains("(field kind)"), "{refused}");
    assert!(!refused.to_string().contains("138"), "{refused}");
    assert_eq!(code(client.drill("drl_none").await), "not-found");
    assert_eq!(
        code(client.end_drill("e", "drl_none", &held()).await),
        "not-found"
    );
    assert_eq!(
        plane.leaves("drill.begin").await + plane.leaves("drill.end").await,
        0
    );

    let id = client.begin_drill("b", &rehearsal()).await.unwrap().body.id;
    let other = BeginDrill {
        kind: "gameday".to_owned(),
        ..rehearsal()
    };
    assert_eq!(
        code(client.begin_drill("b", &other).await),
        "idempotency-key-reused"
    );
    let well = EndDrill {
        outcome: "well".to_owned(),
        ..held()
    };
    assert_eq!(code(client.end_drill("e", &id, &well).await), "invalid-field");
    client.end_drill("e", &id, &held()).await.unwrap();
    let failed = EndDrill {
        outcome: "failed".to_owned(),
        ..held()
    };
    assert_eq!(
        code(client.end_drill("e", &id, &failed).await),
        "idempotency-key-reused"
    );
    assert_eq!(
        code(client.end_drill("e2", &id, &failed).await),
        "illegal-transition"
    );
    assert_eq!(
        code(client.announce_fault("f", &id, &kill()).await),
        "illegal-transition"
    );
    assert_eq!(plane.leaves("drill.end").await, 1);
    assert_eq!(plane.leaves("fault.announce").await, 0);
    plane.stop().await;
}

/// A tool that sends a request again before the first answer came, and one that ends meanwhile.
async fn at_once(plane: Plane) {
    let client = plane.client(Role::Operator);
    let id = client.begin_drill("b", &rehearsal()).await.unwrap().body.id;
    let (asked, ended) = (kill(), held());
    let announce = |key: &'static str| client.announce_fault(key, &id, &asked);
    let same: [_; 8] = std::array::from_fn(|_| announce("f"));
    let answers = futures::future::join_all(same).await;
    let first = answers.iter().filter(|answer| !answer.as_ref().unwrap().replayed);
    assert_eq!(first.count(), 1);
    assert_eq!(plane.leaves("fault.announce").await, 1);

    let late = futures::future::join(announce("late"), client.end_drill("e", &id, &ended));
    let (late, end) = late.await;
    end.unwrap();
    let shown = client.drill(&id).await.unwrap().body;
    // Either it came before the end, or it was refused; no fault follows the end.
    let faults = if late.is_ok() { 2 } else { 1 };
    assert_eq!(shown.faults.len(), faults);
    assert!(shown.end.is_some());
    assert_eq!(
        plane.leaves("fault.announce").await,
        i64::try_from(faults).unwrap()
    );
    plane.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_at_once_are_carried_out_once_on_sqlite() {
    at_once(Plane::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_at_once_are_carried_out_once_on_postgres() {
    at_once(Plane::on_postgres().await).await;
}
