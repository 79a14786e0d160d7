//! Tools that hold a fault are killed; the watchdog ends the fault within two seconds. One that was killed as well is
//! followed by another, which does.

use std::time::Duration;

use base::clock::Clock;
use lease::{Which, recover};

use crate::dog::{Running, folder, within};
use crate::{long, tool};

const PROMISED: Duration = Duration::from_secs(2);

#[test]
fn every_fault_whose_tool_is_killed_ends_within_two_seconds() {
    let dir = tempfile::tempdir().unwrap();
    let folder = folder(dir.path());
    let _dog = Running::dog(&folder, &[]);
    let rounds = long::rounds(100);
    let (mut times, mut failures) = (Vec::new(), 0);
    for _ in 0..rounds {
        let (_victim, process) = Running::victim();
        let mut tool = tool::start(&folder, &process);
        within(Duration::from_secs(10), || process.is_stopped().unwrap()).unwrap();
        tool.0.kill().unwrap();
        let undone = || !process.is_stopped().unwrap() && folder.entries().unwrap().is_empty();
        match within(PROMISED, undone) {
            Some(time) => times.push(time),
            None => failures += 1,
        }
    }
    times.sort();
    println!(
        "{rounds} kills, {failures} not undone; half within {:?}, all within {:?}",
        times.get(times.len() / 2),
        times.last()
    );
    long::report("every_fault_whose_tool_is_killed", rounds, rounds, failures, 0);
    assert_eq!(failures, 0);
}

#[test]
fn a_tool_killed_together_with_the_watchdog_is_undone_by_the_next_recovery_or_watchdog() {
    let dir = tempfile::tempdir().unwrap();
    let folder = folder(dir.path());
    for by_a_watchdog in [false, true] {
        let (_victim, process) = Running::victim();
        let mut dog = Running::dog(&folder, &[]);
        let mut tool = tool::start(&folder, &process);
        within(Duration::from_secs(10), || process.is_stopped().unwrap()).unwrap();
        dog.0.kill().unwrap();
        tool.0.kill().unwrap();
        assert!(within(Duration::from_millis(500), || !process.is_stopped().unwrap()).is_none());
        if by_a_watchdog {
            let _next = Running::dog(&folder, &[]);
            assert!(within(PROMISED, || !process.is_stopped().unwrap()).is_some());
        } else {
            let report = recover(&folder, &Clock::system(), Which::Over).unwrap();
            assert_eq!(report.undone.len(), 1);
            assert!(!process.is_stopped().unwrap());
        }
    }
}

#[test]
fn one_that_was_asked_to_ends_when_the_folder_has_been_empty() {
    let dir = tempfile::tempdir().unwrap();
    let folder = folder(dir.path());
    let (_victim, process) = Running::victim();
    let mut dog = Running::dog(&folder, &["--until-empty", "1"]);
    let mut tool = tool::start(&folder, &process);
    within(Duration::from_secs(10), || process.is_stopped().unwrap()).unwrap();
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(dog.0.try_wait().unwrap().is_none(), "there is a record");
    tool.0.kill().unwrap();
    within(Duration::from_secs(5), || dog.0.try_wait().unwrap().is_some()).unwrap();
    assert!(!process.is_stopped().unwrap());
}

#[test]
fn one_whose_folder_is_removed_does_not_stay_forever() {
    let dir = tempfile::tempdir().unwrap();
    let folder = folder(dir.path());
    let mut dog = Running::dog(&folder, &["--until-empty", "1"]);
    drop(dir);
    assert!(within(Duration::from_secs(5), || dog.0.try_wait().unwrap().is_some()).is_some());
}
