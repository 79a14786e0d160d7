//! Runs that die without a chance to say anything.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use client::http::Client;
use tokio::runtime::Runtime;

use super::operator::{Operator, state};
use super::walk::{Person, Walked, walk};
use crate::people::{keepers, reopen};
use crate::place::{Place, Store};
use crate::plane::Plane;
use crate::process::Process;
use crate::service::Service;
use crate::standin::Standin;
use crate::switch::told;

/// Nobody who does anything but say so.
struct Says;

impl Person for Says {
    fn does(&self, _step: &str) {}
}

/// Runs that were killed at each line that an undisturbed one says: all end as it ended, at the same time.
fn at_every_line(plain: &Walked, walk: &(dyn Fn(usize) -> Walked + Sync)) {
    let ends: Vec<Walked> = std::thread::scope(|scope| {
        let each: Vec<_> = (0..plain.said.len())
            .map(|line| scope.spawn(move || walk(line)))
            .collect();
        each.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for (line, end) in ends.iter().enumerate() {
        let killed = end.killed.as_deref();
        assert!(killed.is_some(), "line {line} was not reached: {:?}", end.said);
        assert_eq!(
            (&end.state, &end.done, &end.asked),
            (&plain.state, &plain.done, &plain.asked),
            "killed at {killed:?}"
        );
    }
    let reached: BTreeSet<&str> = ends.iter().filter_map(|end| end.killed.as_deref()).collect();
    for step in &plain.done {
        let at = |what: &str| {
            reached
                .iter()
                .any(|line| line.contains(&format!("{step}  {what}")))
        };
        assert!(
            at("开始") && at("已完成"),
            "{step} was not killed at both its ends: {reached:?}"
        );
    }
}

#[test]
fn closing_that_is_killed_at_any_moment_is_resumed_to_the_same_end() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    let begin = operator.with(&["run", "close-intake", "--yes", "--json"]);
    let plain = walk(&operator, &begin, &Says, &|_, _| false);
    assert_eq!((plain.state.as_str(), plain.done.len()), ("done", 3), "{plain:?}");
    at_every_line(&plain, &|line| {
        let operator = Operator::new(&place, &service, &plane, &format!("killed-{line}"));
        walk(&operator, &begin, &Says, &|at, _| at == line)
    });
    assert_eq!(state(&place, &service), "closed");
    let runs = plain.said.len() + 1;
    plane.until_leaves(&[("runbook.begin", runs), ("runbook.end", runs)]);
}

/// Two who reopen once everybody is ready for it.
struct Reopens<'a> {
    keepers: &'a [Client; 2],
    epoch: i64,
    ready: &'a Barrier,
    runtime: &'a Runtime,
}

impl Person for Reopens<'_> {
    fn does(&self, step: &str) {
        if step == "propose" && self.ready.wait().is_leader() {
            self.runtime.block_on(reopen(self.keepers, self.epoch));
        }
    }
}

#[test]
fn reopening_that_is_killed_at_any_moment_is_resumed_to_the_same_end() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let tokens = place.path("etc/tokens.json").display().to_string();
    let values = [format!("url={}", service.base), format!("tokens={tokens}")];
    let begin = [
        "run",
        "reopen-intake",
        "--yes",
        "--json",
        "--set",
        &values[0],
        "--set",
        &values[1],
    ];
    let runtime = Runtime::new().unwrap();
    let keepers = runtime.block_on(keepers(&place, &service.base));
    let close = || {
        let words = [
            "close",
            "--reason",
            "drill",
            "--url",
            &service.base,
            "--token-file",
            &tokens,
        ];
        told(&words, "")["epoch"].as_i64().unwrap()
    };
    let walked = |folder: &str, epoch, ready: &Barrier, fatal: &dyn Fn(usize, &str) -> bool| {
        let operator = Operator::new(&place, &service, &plane, folder);
        let person = Reopens {
            keepers: &keepers,
            epoch,
            ready,
            runtime: &runtime,
        };
        walk(&operator, &begin, &person, fatal)
    };
    let plain = walked("plain", close(), &Barrier::new(1), &|_, _| false);
    assert_eq!((plain.state.as_str(), plain.done.len()), ("done", 6), "{plain:?}");
    let (epoch, ready) = (close(), Barrier::new(plain.said.len()));
    at_every_line(&plain, &|line| {
        walked(&format!("killed-{line}"), epoch, &ready, &|at, _| at == line)
    });
    assert_eq!(state(&place, &service), "open");
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
