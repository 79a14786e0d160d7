//! A whole run without a terminal: shown, begun, answered, done; and others that go back.

use super::operator::{Operator, state};
use crate::place::{Place, Store, postgres};
use crate::plane::Plane;
use crate::service::Service;
use crate::standin::Standin;

#[test]
fn a_page_is_shown_run_answered_and_done_and_another_goes_back() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");

    // What is asked wrongly is told before anything is made.
    operator.does(&["plan", "close-intake"], 2);
    operator.does(&["run", "no-such-page", "--yes"], 2);
    operator.does(&["show"], 2);
    // A dry run changes nothing.
    let plan = operator.json(&operator.with(&["plan", "close-intake"]), 0);
    assert_eq!(plan["steps"][1]["step"], "close");
    let close = plan["steps"][1]["would"].as_str().unwrap();
    assert!(close.contains("'core banking is down'"), "{close}");
    assert_eq!(state(&place, &service), "open");
    // Nobody is there to be asked.
    operator.does(&operator.with(&["run", "close-intake"]), 2);
    assert_eq!(state(&place, &service), "open");

    // It closes, and waits for the person who tells others.
    let waits = operator.json(&operator.with(&["run", "close-intake", "--yes"]), 7);
    assert_eq!(
        (&waits["state"], &waits["step"]),
        (&"paused".into(), &"tell".into())
    );
    assert_eq!(state(&place, &service), "closed");
    let run = waits["run"].as_str().unwrap();
    let told = waits["task"]["prompt"].as_str().unwrap();
    assert!(told.contains("INC-7"), "{told}");
    // Resuming alone changes nothing, nor does another word, step or run.
    assert_eq!(operator.json(&["resume", run], 7)["step"], "tell");
    operator.does(&["answer", run, "tell", "--word", "done", "--by", "ann"], 6);
    operator.does(&["answer", run, "close", "--word", "已通知", "--by", "ann"], 6);
    operator.does(&["answer", "run_0", "tell", "--word", "已通知", "--by", "ann"], 2);
    operator.does(
        &[
            "answer", run, "tell", "--decide", "done", "--why", "x", "--by", "ann",
        ],
        6,
    );
    let answered = operator.json(&["answer", run, "tell", "--word", "已通知", "--by", "ann"], 0);
    assert_eq!(answered["state"], "done", "{answered}");
    assert_eq!(operator.json(&["resume", run], 0)["state"], "done");
    let shown = operator.json(&["show", run], 0);
    assert!(shown["journal"].to_string().contains("\"by\":\"ann\""), "{shown}");
    assert_eq!(operator.json(&["show"], 0)["runs"][0]["run"], run);
    operator.does(&["stop", run, "--by", "ann", "--why", "late"], 6);

    // The control plane has been told of its beginning and its end, and of nothing that was refused.
    plane.until_leaves(&[("runbook.begin", 1), ("runbook.end", 1)]);

    // Another is stopped: what it did is undone by people, and it says so.
    let waits = operator.json(&operator.with(&["run", "close-intake", "--yes"]), 7);
    let run = waits["run"].as_str().unwrap();
    let stopped = operator.json(&["stop", run, "--by", "ann", "--why", "false alarm"], 0);
    assert_eq!(stopped["goes_back"], true);
    let back = operator.json(&["resume", run], 7);
    assert_eq!((&back["step"], &back["way"]), (&"close".into(), &"undo".into()));
    operator.json(
        &["answer", run, "close", "--word", "已重新开放", "--by", "ann"],
        0,
    );
    assert_eq!(operator.json(&["resume", run], 1)["state"], "undone");

    // Of another the last task is refused: a person decides, and gives up, so that it goes back as well.
    let waits = operator.json(&operator.with(&["run", "close-intake", "--yes"]), 7);
    let run = waits["run"].as_str().unwrap();
    operator.does(&["answer", run, "tell", "--refuse", "--by", "ann"], 2);
    let refused = operator.json(
        &[
            "answer",
            run,
            "tell",
            "--refuse",
            "--why",
            "nobody answers",
            "--by",
            "ann",
        ],
        0,
    );
    assert_eq!(
        (&refused["state"], &refused["step"]),
        (&"waits".into(), &"tell".into())
    );
    assert!(
        refused["reason"]
            .as_str()
            .unwrap()
            .contains("ann: nobody answers"),
        "{refused}"
    );
    // Nothing goes on by itself.
    assert_eq!(operator.json(&["resume", run], 7)["state"], "waits");
    operator.does(
        &[
            "answer",
            run,
            "tell",
            "--decide",
            "give-up",
            "--why",
            "false alarm",
            "--by",
            "ann",
        ],
        0,
    );
    assert_eq!(operator.json(&["resume", run], 7)["way"], "undo");
    operator.does(
        &["answer", run, "close", "--word", "已重新开放", "--by", "ann"],
        0,
    );
    assert_eq!(operator.json(&["resume", run], 1)["state"], "undone");

    // A service that is down: it surely did nothing, and a person decides.
    drop(service);
    let asked = operator.json(&operator.with(&["run", "close-intake", "--yes"]), 7);
    assert_eq!(
        (&asked["state"], &asked["step"]),
        (&"waits".into(), &"impact".into())
    );
    let run = asked["run"].as_str().unwrap();
    let decide = |what: &'static str, seq: &str, code| {
        let words = [
            "answer", run, "impact", "--decide", what, "--why", "gone", "--by", "ann",
        ];
        operator.does(&[&words[..], &["--question", seq]].concat(), code);
    };
    decide("give-up", "999", 6);
    decide("give-up", &asked["question"].to_string(), 0);
    assert_eq!(operator.json(&["resume", run], 1)["state"], "undone");
    plane.until_leaves(&[("runbook.begin", 4), ("runbook.end", 4)]);
}

#[test]
fn runs_are_kept_in_postgres_as_well() {
    if !postgres("runs_are_kept_in_postgres_as_well") {
        return;
    }
    let place = Place::new(Store::Postgres);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    let cluster = place.cluster.as_ref().unwrap();
    cluster.create_database("runs").unwrap();
    let store = cluster.url("runs");
    let kept = ["--store", store.as_str()];
    let begin = operator.with(&["run", "close-intake", "--yes", "--store", &store]);
    let waits = operator.json(&begin, 7);
    let run = waits["run"].as_str().unwrap();
    let answer = ["answer", run, "tell", "--word", "已通知", "--by", "ann"];
    operator.does(&[&answer[..], &kept].concat(), 0);
    assert_eq!(
        operator.json(&[&["resume", run][..], &kept].concat(), 0)["state"],
        "done"
    );
    // The folder has none of it.
    operator.does(&["show", run], 2);
    plane.until_leaves(&[("runbook.begin", 1), ("runbook.end", 1)]);
}
