//! A run that is interrupted.

use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::operator::{Operator, state};
use crate::place::{Place, Store};
use crate::plane::Plane;
use crate::process::Process;
use crate::service::Service;
use crate::standin::Standin;

/// Beyond the ten seconds that a lease on a file lasts.
const LEASE: Duration = Duration::from_secs(12);

#[test]
fn an_interruption_pauses_a_wait_and_nobody_else_carries_it_out_meanwhile() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    let tokens = format!("tokens={}", place.path("etc/tokens.json").display());
    let url = format!("url={}", service.base);
    // Intake is open, so the page that reopens waits for it to be closed.
    let words = ["run", "reopen-intake", "--yes", "--set", &url, "--set", &tokens];
    let mut waiting = Process::start(&mut operator.command(&words), &place.path("waiting.log"));
    let begun = Instant::now();
    while !waiting.said().contains("closed  开始") {
        assert!(begun.elapsed() < LEASE, "{}", waiting.said());
        std::thread::sleep(Duration::from_millis(20));
    }
    let runs = operator.json(&["show"], 0);
    let run = runs["runs"][0]["run"].as_str().unwrap();
    // Alive, whatever its lease said when it was looked at: nobody takes it over, and nobody answers or stops it.
    operator.does(&["resume", run], 6);
    operator.does(&["stop", run, "--by", "ann", "--why", "false alarm"], 6);

    let status = waiting.terminate();
    assert_eq!(status.code(), Some(7), "{}", waiting.said());
    assert!(waiting.said().contains("已暂停 · paused"), "{}", waiting.said());
    operator.does(&["stop", run, "--by", "ann", "--why", "false alarm"], 0);
    assert_eq!(operator.json(&["resume", run], 1)["state"], "undone");
    plane.until_leaves(&[("runbook.begin", 1), ("runbook.end", 1)]);
}

#[test]
fn a_first_signal_lets_the_step_end_and_a_second_one_does_not() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    // It answers nothing, so that the first step goes on for its ten seconds.
    service.process.hang();
    let words = operator.with(&["run", "close-intake", "--yes"]);
    let running = |log: &str| {
        let process = Process::start(&mut operator.command(&words), &place.path(log));
        let begun = Instant::now();
        while !process.said().contains("impact  开始") {
            assert!(begun.elapsed() < LEASE, "{}", process.said());
            std::thread::sleep(Duration::from_millis(20));
        }
        let pid = Pid::from_raw(i32::try_from(process.pid()).unwrap());
        kill(pid, Signal::SIGINT).unwrap();
        while !process.said().contains("pausing after this step") {
            assert!(begun.elapsed() < LEASE, "{}", process.said());
            std::thread::sleep(Duration::from_millis(20));
        }
        (process, pid)
    };
    let (mut patient, _) = running("patient.log");
    let (mut hasty, pid) = running("hasty.log");
    kill(pid, Signal::SIGINT).unwrap();
    assert_eq!(
        hasty.ended_within(Duration::from_secs(3)).code(),
        Some(7),
        "{}",
        hasty.said()
    );
    assert!(patient.said().lines().count() < 4, "{}", patient.said());
    service.process.wake();
    assert_eq!(patient.ended().code(), Some(7), "{}", patient.said());
    assert!(patient.said().contains("impact  已完成"), "{}", patient.said());
    assert_eq!(state(&place, &service), "open");
}
