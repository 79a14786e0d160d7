//! Processes that are killed, stopped and restarted by the executable.

use std::process::{Command, Stdio};
use std::time::Duration;

use base::clock::Clock;
use lease::{Folder, Process};

use crate::executable::{backstop, has_watchdog, output};
use crate::long;
use crate::victim::{Running, within};

fn marked(id: &str) -> Option<Process> {
    let mark = format!("BACKSTOP_LEASE={id}");
    let mut pids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name();
        name.to_str()?.parse::<i32>().ok()
    });
    pids.find_map(|pid| {
        let env = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let is = env.split(|byte| *byte == 0).any(|pair| pair == mark.as_bytes());
        is.then(|| Process::with_pid(pid).unwrap()).flatten()
    })
}

/// Runs with a watchdog that is started, and skips where none was built.
fn with_leases(test: &str, story: impl FnOnce(&str, &Folder)) {
    if !has_watchdog() {
        return long::skip(test, "backstop-watchdog is not built beside backstop-chaos");
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(&dir.path().join("leases")).unwrap();
    story(folder.path().to_str().unwrap(), &folder);
}

#[test]
fn a_process_stands_still_for_its_time_and_goes_on() {
    with_leases("a_process_stands_still", |leases, folder| {
        let (_victim, process) = Running::victim();
        let (pid, start) = (process.pid.to_string(), process.start.to_string());
        let stop = [
            "stop", "--pid", &pid, "--start", &start, "--for", "700ms", "--leases", leases,
        ];
        let (code, text, _) = output(&[&stop[..], &["--dry-run"]].concat());
        assert_eq!(code, 0);
        assert!(
            text.contains("would stop process") && text.contains("continue process"),
            "{text}"
        );
        assert!(!process.is_stopped().unwrap() && folder.entries().unwrap().is_empty());
        let mut tool = Running::start(backstop(&[&stop[..], &["--json"]].concat()).stdout(Stdio::piped()));
        assert!(within(Duration::from_secs(5), || process.is_stopped().unwrap()).is_some());
        assert!(folder.is_kept(&Clock::system()), "a watchdog was started first");
        let (code, list, _) = output(&["list", "--leases", leases, "--json"]);
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        assert_eq!(
            (code, &list["faults"][0]["state"], &list["kept"]),
            (0, &"held".into(), &true.into())
        );
        let went_on = within(Duration::from_secs(2), || !process.is_stopped().unwrap()).unwrap();
        assert!(went_on < Duration::from_millis(1_200), "{went_on:?}");
        assert!(tool.0.wait().unwrap().success());
        assert!(folder.entries().unwrap().is_empty());
    });
}

#[test]
fn a_fault_ends_at_once_when_the_tool_is_asked_to_end() {
    with_leases("a_fault_ends_at_once", |leases, folder| {
        let (_victim, process) = Running::victim();
        let pid = process.pid.to_string();
        let mut tool = Running::start(&mut backstop(&[
            "stop", "--pid", &pid, "--for", "60s", "--leases", leases,
        ]));
        within(Duration::from_secs(5), || process.is_stopped().unwrap()).unwrap();
        // Its signal handler is there before the fault.
        tool.process()
            .open()
            .unwrap()
            .unwrap()
            .signal(lease::Signal::TERM)
            .unwrap();
        assert!(tool.0.wait().unwrap().success());
        assert!(!process.is_stopped().unwrap() && folder.entries().unwrap().is_empty());
    });
}

#[test]
fn what_was_killed_comes_back_as_it_was_and_a_restart_at_once() {
    with_leases("what_was_killed_comes_back", |leases, _| {
        let kill = ["kill", "--for", "300ms"];
        let restart = ["restart", "--grace", "2s"];
        for command in [kill, restart] {
            let child = Command::new("sleep")
                .arg("601")
                .env("COLOUR", "red")
                .spawn()
                .unwrap();
            let victim = Running(child);
            let process = victim.process();
            within(Duration::from_secs(2), || {
                std::fs::read(format!("/proc/{}/cmdline", process.pid)).unwrap() == b"sleep\x00601\x00"
            })
            .unwrap();
            let pid = process.pid.to_string();
            let (code, text, error) =
                output(&[&command[..], &["--pid", &pid, "--leases", leases, "--json"]].concat());
            assert_eq!(code, 0, "{error}");
            let event: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
            assert!(!process.is_alive().unwrap());
            let again = marked(event["lease"].as_str().unwrap()).unwrap();
            let env = std::fs::read(format!("/proc/{}/environ", again.pid)).unwrap();
            assert!(env.split(|byte| *byte == 0).any(|pair| pair == b"COLOUR=red"));
            again
                .open()
                .unwrap()
                .unwrap()
                .signal(lease::Signal::KILL)
                .unwrap();
        }
    });
}

#[test]
fn a_supervised_process_is_left_to_the_program_that_is_named() {
    with_leases("a_supervised_process", |leases, folder| {
        let flag = folder.path().parent().unwrap().join("started");
        let (_victim, process) = Running::victim();
        let (pid, flag_text) = (process.pid.to_string(), flag.to_str().unwrap());
        let kill = [
            "kill", "--pid", &pid, "--for", "100ms", "--leases", leases, "--", "touch", flag_text,
        ];
        let (code, _, error) = output(&kill);
        assert_eq!(code, 0, "{error}");
        assert!(flag.exists() && !process.is_alive().unwrap());
    });
}

#[test]
fn another_process_none_and_the_first_of_all_are_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let leases = dir.path().join("leases");
    let place = leases.to_str().unwrap();
    let (_victim, process) = Running::victim();
    let pid = process.pid.to_string();
    for (arguments, expected) in [
        (vec!["stop", "--pid", &pid, "--start", "1", "--leases", place], 6),
        (vec!["stop", "--pid", "1", "--leases", place], 6),
        (vec!["stop", "--pid", "999999999", "--leases", place], 2),
        (
            vec!["stop", "--pid", &pid, "--for", "never", "--leases", place],
            2,
        ),
    ] {
        let (code, _, error) = output(&arguments);
        assert_eq!(code, expected, "{error}");
    }
    assert!(!leases.exists() && !process.is_stopped().unwrap());
}

#[test]
fn without_a_watchdog_nothing_is_injected() {
    let dir = tempfile::tempdir().unwrap();
    // A copy has no siblings.
    let alone = dir.path().join("backstop-chaos");
    std::fs::copy(env!("CARGO_BIN_EXE_backstop-chaos"), &alone).unwrap();
    let (_victim, process) = Running::victim();
    let leases = dir.path().join("leases");
    let ended = Command::new(alone)
        .args(["stop", "--pid", &process.pid.to_string(), "--leases"])
        .arg(&leases)
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(6));
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(error.contains("nothing is injected"), "{error}");
    assert!(!process.is_stopped().unwrap());
    assert!(Folder::open(&leases).unwrap().entries().unwrap().is_empty());
}
