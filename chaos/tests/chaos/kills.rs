//! `backstop-chaos` is killed by SIGKILL while it holds a fault: the fault ends within two seconds. If the watchdog was
//! killed as well, the next recovery ends it.

use std::time::Duration;

use lease::Folder;

use crate::executable::{backstop, has_watchdog, output};
use crate::long;
use crate::victim::{Running, within};

const PROMISED: Duration = Duration::from_secs(2);

#[test]
fn every_fault_ends_within_two_seconds_of_the_kill() {
    if !has_watchdog() {
        return long::skip(
            "every_fault_ends",
            "backstop-watchdog is not built beside backstop-chaos",
        );
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(&dir.path().join("leases")).unwrap();
    let leases = folder.path().to_str().unwrap();
    let rounds = long::rounds(100);
    let (mut times, mut failures) = (Vec::new(), 0);
    for _ in 0..rounds {
        let (_victim, process) = Running::victim();
        let pid = process.pid.to_string();
        let stop = ["stop", "--pid", &pid, "--for", "60s", "--leases", leases];
        let mut tool = Running::start(&mut backstop(&stop));
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
    long::report(
        "every_fault_ends_within_two_seconds_of_the_kill",
        rounds,
        rounds,
        failures,
        0,
    );
    assert_eq!(failures, 0);
}

#[test]
fn if_the_watchdog_is_killed_too_the_next_recovery_ends_the_fault() {
    if !has_watchdog() {
        return long::skip(
            "if_the_watchdog_is_killed",
            "backstop-watchdog is not built beside backstop-chaos",
        );
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(&dir.path().join("leases")).unwrap();
    let leases = folder.path().to_str().unwrap();
    let watchdog = env!("CARGO_BIN_EXE_backstop-chaos").replace("backstop-chaos", "backstop-watchdog");
    let mut dog = Running::start(std::process::Command::new(watchdog).args(["--leases", leases]));
    within(Duration::from_secs(5), || {
        folder.is_kept(&base::clock::Clock::system())
    })
    .unwrap();
    let (_victim, process) = Running::victim();
    let pid = process.pid.to_string();
    let mut tool = Running::start(&mut backstop(&[
        "stop", "--pid", &pid, "--for", "60s", "--leases", leases,
    ]));
    within(Duration::from_secs(10), || process.is_stopped().unwrap()).unwrap();
    dog.0.kill().unwrap();
    tool.0.kill().unwrap();
    tool.0.wait().unwrap();
    let (code, text, _) = output(&["recover", "--leases", leases, "--dry-run"]);
    assert!(
        code == 0 && text.contains("orphaned") && process.is_stopped().unwrap(),
        "{text}"
    );
    let (code, text, _) = output(&["recover", "--leases", leases]);
    assert!(code == 0 && text.contains("its tool is dead"), "{text}");
    assert!(!process.is_stopped().unwrap());
    let (code, text, _) = output(&["recover", "--leases", leases]);
    assert!(code == 0 && text.contains("there is nothing to undo"), "{text}");
}

#[test]
fn a_watchdog_that_dies_while_a_fault_is_held_is_replaced() {
    if !has_watchdog() {
        return long::skip(
            "a_watchdog_that_dies",
            "backstop-watchdog is not built beside backstop-chaos",
        );
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(&dir.path().join("leases")).unwrap();
    let leases = folder.path().to_str().unwrap();
    let (_victim, process) = Running::victim();
    let pid = process.pid.to_string();
    let mut tool = Running::start(&mut backstop(&[
        "stop", "--pid", &pid, "--for", "60s", "--leases", leases,
    ]));
    within(Duration::from_secs(10), || process.is_stopped().unwrap()).unwrap();
    let dog = watchdog_of(leases).unwrap();
    dog.open().unwrap().unwrap().signal(lease::Signal::KILL).unwrap();
    let replaced = || watchdog_of(leases).is_some_and(|other| other != dog);
    assert!(within(Duration::from_secs(10), replaced).is_some());
    let clock = base::clock::Clock::system();
    within(Duration::from_secs(5), || folder.is_kept(&clock)).unwrap();
    tool.0.kill().unwrap();
    assert!(within(PROMISED, || !process.is_stopped().unwrap()).is_some());
}

/// The one over this folder, told by its arguments.
fn watchdog_of(leases: &str) -> Option<lease::Process> {
    let mut pids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name();
        name.to_str()?.parse::<i32>().ok()
    });
    pids.find_map(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        let is = line.contains("backstop-watchdog\0") && line.contains(&format!("{leases}\0"));
        is.then(|| lease::Process::with_pid(pid).unwrap()).flatten()
    })
}

#[test]
fn a_record_that_cannot_be_read_is_an_error_of_recover_and_list() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("torn.json"), "{\"record\":").unwrap();
    let leases = dir.path().to_str().unwrap();
    for command in ["recover", "list"] {
        let (code, text, _) = output(&[command, "--leases", leases]);
        assert!(code == 1 && text.contains("NOT READABLE: torn.json"), "{text}");
    }
}
