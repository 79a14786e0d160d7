//! The executable ends in order when it is told to, and keeps its standard output clean.

use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::stub::{Memory, Service};
use laws::journal::{Journal, Outcome};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// Runs `backstop-load run`, sends it a signal after a while, and gives its
/// output, its journal and how long it took to end.
fn ended_by(signal: Signal) -> (Output, Journal, Duration) {
    let (folder, memory) = (tempfile::tempdir().unwrap(), Arc::new(Memory::default()));
    let service = Service::start(&memory, "127.0.0.1:0");
    let tokens = folder.path().join("tokens.json");
    std::fs::write(&tokens, r#"{"channel":"c","officer1":"o1","officer2":"o2"}"#).unwrap();
    let journal = folder.path().join("journal.jsonl");
    let child = Command::new(env!("CARGO_BIN_EXE_backstop-load"))
        .args(["run", "--users", "6", "--progress", "-", "--url", &service.url()])
        .arg("--token-file")
        .arg(&tokens)
        .arg("--journal")
        .arg(&journal)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(2_500));
    let told = Instant::now();
    kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
    let output = child.wait_with_output().unwrap();
    (output, Journal::read(&journal).unwrap(), told.elapsed())
}

fn in_order(signal: Signal) {
    let (output, journal, took) = ended_by(signal);
    assert!(output.status.success(), "{output:?}");
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(!journal.torn_tail);
    assert_eq!(
        journal
            .records
            .iter()
            .filter(|record| record.outcome != Outcome::Acked)
            .count(),
        0
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.len() >= 3, "{text}");
    let acked = journal
        .records
        .iter()
        .filter(|record| record.is_acked_write())
        .count();
    assert_eq!(
        lines.last().unwrap()["acked"],
        acked,
        "the last line is the final count"
    );
    assert!(acked > 50, "{acked}");
}

#[test]
fn sigterm_lets_what_is_under_way_finish() {
    in_order(Signal::SIGTERM);
}

#[test]
fn sigint_which_goose_takes_for_itself_does_too() {
    in_order(Signal::SIGINT);
}

#[test]
fn another_machine_is_not_loaded() {
    let output = Command::new(env!("CARGO_BIN_EXE_backstop-load"))
        .args(["reads", "--url", "http://192.0.2.1:80", "--path", "/"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("--allow-remote"),
        "{output:?}"
    );
}
