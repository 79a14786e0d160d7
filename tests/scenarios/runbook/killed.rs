//! Runs that die without a chance to say anything.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::operator::{Operator, state};
use crate::place::{Place, Store};
use crate::plane::Plane;
use crate::process::Process;
use crate::service::Service;
use crate::standin::Standin;

/// Kills a run, without a chance to say anything, as soon as it says this; answers its id.
fn killed_at(operator: &Operator, moment: &str) -> String {
    let words = operator.with(&["run", "close-intake", "--yes"]);
    let mut child = operator
        .command(&words)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stderr.take().unwrap());
    let mut run = String::new();
    for line in said.lines() {
        let line = line.unwrap();
        if let Some((_, id)) = line.split_once("· run ") {
            run = id.to_owned();
        }
        if line.contains(moment) {
            child.kill().unwrap();
            break;
        }
    }
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "{moment}: it ended by itself with {status}");
    run
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_resumed_to_the_same_end() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let moments = [
        "· run ",
        "impact  开始",
        "impact  已完成",
        "close  开始",
        "close  已完成",
        "tell  开始",
    ];
    let ends = std::thread::scope(|scope| {
        let (place, service, plane) = (&place, &service, &plane);
        let each = moments.map(|moment| {
            scope.spawn(move || {
                let operator = Operator::new(place, service, plane, &moment.replace(' ', ""));
                let run = killed_at(&operator, moment);
                // Whoever resumes waits until it is surely dead.
                let begun = Instant::now();
                let waits = operator.json(&["resume", &run], 7);
                assert_eq!(
                    (&waits["state"], &waits["step"]),
                    (&"paused".into(), &"tell".into())
                );
                let waited = begun.elapsed().as_secs();
                operator.does(&["answer", &run, "tell", "--word", "已通知", "--by", "ann"], 0);
                assert_eq!(operator.json(&["resume", &run], 0)["state"], "done");
                println!("killed at {moment:?}: resumed after {waited} s");
                done(&operator.folder, &operator.json(&["show", &run], 0))
            })
        });
        each.map(|one| one.join().unwrap())
    });
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    assert_eq!(ends[0], ["impact", "close", "tell"]);
    assert_eq!(state(&place, &service), "closed");
    plane.until_leaves(&[("runbook.begin", 6), ("runbook.end", 6)]);
}

/// The steps that were done, each of which exactly once.
#[track_caller]
fn done(folder: &Path, shown: &Value) -> Vec<String> {
    let journal = shown["journal"].as_array().unwrap();
    let done = journal.iter().filter(|entry| {
        let event = &entry["event"];
        event["event"] == "ended" && event["ending"]["is"] == "done"
    });
    let steps: Vec<String> = done
        .map(|entry| entry["event"]["step"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(steps.len(), 3, "{}: {shown}", folder.display());
    steps
}

/// Whether a process has these words, in a row, among its arguments.
fn lives(words: &str) -> bool {
    let all = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .any(|line| String::from_utf8_lossy(&line).replace('\0', " ").contains(words))
}

#[test]
fn what_a_killed_run_had_begun_ends_with_it() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    // An instance that takes connections and answers nothing: the command waits ten seconds for it.
    service.process.hang();
    let words = operator.with(&["run", "close-intake", "--yes"]);
    let mut running = Process::start(&mut operator.command(&words), &place.path("running.log"));
    let command = format!(
        "backstop intake impact --scope everything --limit 0 --url {}",
        service.base
    );
    let until = |what: &str, holds: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < Duration::from_secs(5), "not within 5 s: {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    until("the command runs", &|| lives(&command));
    running.kill();
    until("the command has ended", &|| !lives(&command));
    service.process.wake();
    let runs = operator.json(&["show"], 0);
    let run = runs["runs"][0]["run"].as_str().unwrap();
    assert_eq!(operator.json(&["resume", run], 7)["step"], "tell");
}
