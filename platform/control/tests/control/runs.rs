//! Runs of runbooks: each act leaves one leaf, nobody approves what they began, and law 7 holds over it all.

use auth::Role;
use client::http::{CallError, Request};
use client::runs::{AskApproval, BeginRun, EndRun, JudgeRun, Offline, Run};
use laws::verdict::Verdict;

use crate::acts::law_7;
use crate::plane::Plane;

/// Every act of a run and how it is done here; a new route with another act has to be put here.
pub(crate) const ACTS: &[&str] = &["runbook.ask", "runbook.begin", "runbook.end", "runbook.judge"];

const ID: &str = "run_0199f0c1d2e3f405a6b7c8d9e0f10213";

fn begin() -> BeginRun {
    BeginRun {
        id: ID.to_owned(),
        page: "close-intake".to_owned(),
        plan_sha256: "0a".repeat(32),
        bound_sha256: "0b".repeat(32),
        offline: None,
    }
}

fn ask() -> AskApproval {
    AskApproval {
        step: "agree".to_owned(),
        digest: "0c".repeat(32),
        people: 2,
        seconds: 3_600,
    }
}

fn word(approves: bool) -> JudgeRun {
    JudgeRun {
        step: "agree".to_owned(),
        digest: "0c".repeat(32),
        approves,
    }
}

fn ended(outcome: &str) -> Request<Run> {
    let outcome = outcome.to_owned();
    Request::end_run("e", ID, &EndRun { outcome })
}

/// Sends a request of somebody twice, which is carried out once.
async fn twice(plane: &Plane, who: &str, request: Request<Run>) -> Run {
    let client = plane.client_of(who);
    let first = client.send(&request).await.unwrap();
    let again = client.send(&request).await.unwrap();
    assert!(
        !first.replayed && again.replayed && first.body == again.body,
        "{first:?}"
    );
    first.body
}

/// The code with which somebody is refused.
async fn refused(plane: &Plane, who: &str, request: Request<Run>) -> String {
    let refused: Result<_, CallError> = plane.client_of(who).send(&request).await;
    refused.unwrap_err().code().unwrap_or("no code").to_owned()
}

/// A run that two people approve, from its beginning to its end: five leaves.
async fn whole(plane: &Plane) -> Run {
    let begun = twice(plane, "operator", Request::begin_run("b", &begin())).await;
    assert_eq!((&*begun.begun_by, begun.approvals.len()), ("operator", 0));
    let asked = twice(plane, "operator", Request::ask_approval("a", ID, &ask())).await;
    assert_eq!(
        asked.approvals[0].ends_at - asked.approvals[0].opened_at,
        3_600_000_000
    );
    for person in ["commander", "deputy"] {
        twice(plane, person, Request::judge_run("v", ID, &word(true))).await;
    }
    twice(plane, "commander", ended("done")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_of_a_run_leaves_exactly_one_leaf_and_law_7_holds() {
    let plane = Plane::start().await;
    let run = whole(&plane).await;
    let said: Vec<&str> = run.approvals[0].verdicts.iter().map(|one| &*one.by).collect();
    assert_eq!(said, ["commander", "deputy"]);
    let seen = plane.client(Role::Auditor).send(&Request::run(ID)).await.unwrap();
    assert_eq!(seen.body, run);
    assert_eq!(run.end.unwrap().outcome, "done");
    for (act, times) in ACTS.iter().zip([1, 1, 1, 2]) {
        assert_eq!(plane.leaves(act).await, times, "{act}");
    }
    plane.signed(5).await;
    let database = plane.database.clone();
    let dir = plane.stop().await;
    let ruling = law_7(&database, dir.path(), 5).await;
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_on_record_on_postgres_too() {
    let plane = Plane::on_postgres().await;
    whole(&plane).await;
    plane.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_of_a_run_without_its_leaf_breaks_law_7() {
    for (planted, found) in [
        (
            "INSERT INTO runs (id, page, plan_sha256, bound_sha256, begun_at, begun_by, begin_key) \
             VALUES ('run_x', 'p', 'a', 'b', 5, 'operator', 'k')",
            "act-not-logged",
        ),
        ("UPDATE runs SET ended_at = ended_at + 1", "act-not-logged"),
        (
            "INSERT INTO run_verdicts SELECT 'vrd_x', approval, 'eve', verdict, at FROM run_verdicts LIMIT 1",
            "act-not-logged",
        ),
        ("DELETE FROM run_verdicts", "leaf-without-act"),
        ("UPDATE run_approvals SET opened_by = 'eve'", "act-not-logged"),
        (
            "DELETE FROM evidence_leaves WHERE act = 'runbook.begin'",
            "act-not-logged",
        ),
    ] {
        let plane = Plane::start().await;
        whole(&plane).await;
        plane.signed(5).await;
        let plant = planted.to_owned();
        let job = plane
            .db
            .write(move |tx| Box::pin(async move { tx.batch(&plant).await }));
        job.await.unwrap();
        let database = plane.database.clone();
        let dir = plane.stop().await;
        let ruling = law_7(&database, dir.path(), 5).await;
        assert_eq!(ruling.verdict, Verdict::Broken, "{planted}");
        let named = ruling.findings.iter().any(|finding| finding.what == found);
        assert!(named, "{planted}: {ruling:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_approves_what_they_began_nor_anything_else_than_was_asked() {
    let plane = Plane::start().await;
    let yes = || Request::judge_run("v", ID, &word(true));
    assert_eq!(refused(&plane, "commander", yes()).await, "not-found");
    twice(&plane, "operator", Request::begin_run("b", &begin())).await;
    assert_eq!(
        refused(&plane, "commander", yes()).await,
        "not-found",
        "nobody was asked"
    );
    twice(&plane, "operator", Request::ask_approval("a", ID, &ask())).await;

    assert_eq!(refused(&plane, "operator", yes()).await, "same-person");
    assert_eq!(refused(&plane, "plane", yes()).await, "forbidden", "a program");
    let other = JudgeRun {
        digest: "0d".repeat(32),
        ..word(true)
    };
    let other = Request::judge_run("v", ID, &other);
    assert_eq!(refused(&plane, "commander", other).await, "terms-differ");
    let fewer = AskApproval { people: 1, ..ask() };
    let fewer = Request::ask_approval("f", ID, &fewer);
    assert_eq!(refused(&plane, "operator", fewer).await, "illegal-transition");
    assert_eq!(plane.leaves("runbook.judge").await, 0);

    twice(&plane, "commander", Request::judge_run("v", ID, &word(false))).await;
    assert_eq!(refused(&plane, "commander", yes()).await, "illegal-transition");
    twice(&plane, "operator", ended("undone")).await;
    assert_eq!(refused(&plane, "deputy", yes()).await, "illegal-transition");
    assert_eq!(
        refused(&plane, "operator", ended("done")).await,
        "illegal-transition"
    );
    assert_eq!(refused(&plane, "operator", ended("well")).await, "invalid-field");
    assert_eq!(plane.leaves("runbook.judge").await, 1);
    plane.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_that_comes_too_late_is_none() {
    let plane = Plane::start().await;
    twice(&plane, "operator", Request::begin_run("b", &begin())).await;
    let short = AskApproval { seconds: 1, ..ask() };
    twice(&plane, "operator", Request::ask_approval("a", ID, &short)).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let late = Request::judge_run("v", ID, &word(true));
    assert_eq!(refused(&plane, "commander", late).await, "illegal-transition");
    assert_eq!(plane.leaves("runbook.judge").await, 0);
    plane.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_began_offline_is_told_by_who_began_it_and_no_text_gets_in() {
    let plane = Plane::start().await;
    let of = |by: &str, reason: &str, begun_at: i64| {
        let offline = Offline {
            by: by.to_owned(),
            reason: reason.to_owned(),
            begun_at,
        };
        let offline = Some(offline);
        Request::begin_run("b", &BeginRun { offline, ..begin() })
    };
    assert_eq!(
        refused(&plane, "operator", of("ann", "plane-down", 5)).await,
        "forbidden"
    );
    for (reason, at) in [
        ("张三 13800000000", 5),
        ("plane-down", i64::MAX),
        ("plane-down", -1),
    ] {
        assert_eq!(
            refused(&plane, "operator", of("operator", reason, at)).await,
            "invalid-field"
        );
    }
    let page = BeginRun {
        page: "张三".to_owned(),
        ..begin()
    };
    let page = Request::begin_run("b", &page);
    assert_eq!(refused(&plane, "operator", page).await, "invalid-field");
    let id = BeginRun {
        id: "run_13800000000".to_owned(),
        ..begin()
    };
    let id = Request::begin_run("b", &id);
    assert_eq!(refused(&plane, "operator", id).await, "invalid-field");
    assert_eq!(plane.leaves("runbook.begin").await, 0);

    let run = twice(&plane, "operator", of("operator", "plane-down", 5)).await;
    assert_eq!(run.offline.unwrap().begun_at, 5);
    // Under another key it is not the same request, and there is one of that id.
    let other = Request::begin_run("other", &begin());
    assert_eq!(refused(&plane, "commander", other).await, "already-exists");
    let again = Request::begin_run("b", &begin());
    assert_eq!(refused(&plane, "operator", again).await, "idempotency-key-reused");
    plane.stop().await;
}
