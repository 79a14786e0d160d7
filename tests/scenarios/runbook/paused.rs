//! A run that is interrupted.

use std::time::{Duration, Instant};

use super::operator::Operator;
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
