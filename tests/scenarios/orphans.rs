//! Tool and watchdog are killed together amid a fault: the next command of the toolkit ends it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::binaries::shipped;
use crate::process::Process;

const PATIENCE: Duration = Duration::from_secs(20);

/// What `/proc` says that a process does: `S` sleeps, `T` is stopped.
fn state(pid: u32) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    text.rsplit(") ").next().unwrap()[..1].to_owned()
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn records(folder: &Path) -> usize {
    let files = fs::read_dir(folder).unwrap();
    files
        .filter(|file| {
            file.as_ref()
                .unwrap()
                .path()
                .extension()
                .is_some_and(|e| e == "json")
        })
        .count()
}

fn children(pid: u32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let texts = threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("children")).unwrap());
    texts
        .flat_map(|text| {
            text.split_whitespace()
                .map(|pid| pid.parse().unwrap())
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn the_next_command_ends_what_a_killed_tool_and_a_killed_watchdog_left() {
    let rules = tempfile::NamedTempFile::new().unwrap();
    fs::write(rules.path(), "groups: []\n").unwrap();
    ends(&["watch", "rules", "check", rules.path().to_str().unwrap()]);
}

/// What injects faults itself is no exception.
#[test]
fn so_does_the_next_command_that_looks_at_faults() {
    let none = tempfile::tempdir().unwrap();
    ends(&["chaos", "list", "--leases", none.path().to_str().unwrap()]);
}

/// Faults that nobody holds end with this command, which says the same as ever.
fn ends(words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let leases = folder.path().join("leases");
    let mut victim = Process::start(
        Command::new("sleep").arg("120"),
        &folder.path().join("victim.log"),
    );
    let mut stop = Command::new(shipped("backstop-chaos"));
    stop.args([
        "stop",
        "--for",
        "60s",
        "--pid",
        &victim.pid().to_string(),
        "--leases",
    ])
    .arg(&leases);
    let mut tool = Process::start(&mut stop, &folder.path().join("tool.log"));
    until("the fault is in force", || state(victim.pid()) == "T");
    let watchdogs = children(tool.pid());
    assert!(!watchdogs.is_empty(), "no watchdog holds the lease");
    for watchdog in watchdogs {
        kill(Pid::from_raw(watchdog), Signal::SIGKILL).unwrap();
    }
    tool.kill();
    // The watchdog would have undone it by now.
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!((state(victim.pid()).as_str(), records(&leases)), ("T", 1));

    let check = |env: &[(&str, &Path)]| {
        let mut command = Command::new(shipped("backstop"));
        command.args(words);
        let told = command
            .env_remove("BACKSTOP_LEASES")
            .envs(env.iter().copied())
            .output();
        let told = told.unwrap();
        assert!(told.status.success(), "{told:?}");
        told.stdout
    };
    let said = check(&[]);
    assert_eq!(state(victim.pid()), "T", "nobody said where the records are");
    assert_eq!(check(&[("BACKSTOP_LEASES", &leases)]), said);
    until("the fault has ended", || {
        state(victim.pid()) != "T" && records(&leases) == 0
    });
    victim.kill();
}
