//! The lean engine measures what it says.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use crate::stub::{Memory, Service};
use clap::Parser as _;
use loadtest::cli::{Cli, Command};
use loadtest::lean;
use serde_json::Value;

pub(crate) fn measure(line: &[&str]) -> anyhow::Result<Value> {
    let text = match Cli::try_parse_from(line)?.command {
        Command::Applications(args) => lean::alone(lean::applications::run(&args))?,
        Command::Existing(args) => lean::alone(lean::existing::run(&args))?,
        Command::Reads(args) => lean::alone(lean::reads::run(&args))?,
        Command::Run(_) => panic!("not a measurement"),
    };
    Ok(serde_json::from_str(&text)?)
}

pub(crate) fn tokens(folder: &tempfile::TempDir) -> String {
    let path = folder.path().join("tokens.json");
    std::fs::write(&path, r#"{"channel":"c","officer1":"o1","officer2":"o2"}"#).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn every_application_that_counts_was_committed_under_its_own_key() {
    let (folder, memory) = (tempfile::tempdir().unwrap(), Arc::new(Memory::default()));
    let service = Service::start(&memory, "127.0.0.1:0");
    let (url, tokens) = (service.url(), tokens(&folder));
    let line = [
        "backstop-load",
        "applications",
        "--url",
        &url,
        "--token-file",
        &tokens,
    ];
    let options = [
        "--clients",
        "4",
        "--firm-count",
        "3",
        "--warm-up",
        "0",
        "--duration",
        "1",
        "--json",
    ];
    let measured = measure(&[&line[..], &options[..]].concat()).unwrap();
    let ok = measured["ok"].as_u64().unwrap();
    assert!(ok > 100, "{measured}");
    assert_eq!(measured["statuses"]["201"].as_u64().unwrap(), ok);
    assert_eq!(measured["broken"], 0);
    assert!(measured["client_cpu_us"].as_f64().unwrap() > 0.0);
    let committed = memory.committed.lock().unwrap();
    let applications = committed
        .values()
        .filter(|row| row.path == "/v1/applications")
        .count();
    // Each client may have one that was answered after the measured time.
    assert!(
        (ok..=ok + 4).contains(&u64::try_from(applications).unwrap()),
        "{ok} of {applications}"
    );
    assert_eq!(memory.replayed.load(SeqCst), 0, "no key twice");
}

#[test]
fn refusals_are_counted_apart_and_nothing_but_refusals_is_a_failure() {
    let (folder, memory) = (tempfile::tempdir().unwrap(), Arc::new(Memory::default()));
    memory.closed.store(true, SeqCst);
    let service = Service::start(&memory, "127.0.0.1:0");
    let (url, tokens) = (service.url(), tokens(&folder));
    let line = [
        "backstop-load",
        "applications",
        "--url",
        &url,
        "--token-file",
        &tokens,
        "--duration",
        "1",
    ];
    let error = measure(&line).unwrap_err().to_string();
    assert!(
        error.contains("nothing succeeded") && error.contains("503"),
        "{error}"
    );
}

#[test]
fn reads_take_their_paths_in_turn() {
    let memory = Arc::new(Memory::default());
    let service = Service::start(&memory, "127.0.0.1:0");
    let url = service.url();
    let line = [
        "backstop-load",
        "reads",
        "--url",
        &url,
        "--path",
        "/v1/contracts/ctr_1",
        "--path",
        "/nowhere",
    ];
    let options = ["--clients", "2", "--warm-up", "0", "--duration", "1", "--json"];
    let measured = measure(&[&line[..], &options[..]].concat()).unwrap();
    let (found, missing) = (
        measured["statuses"]["200"].as_i64().unwrap(),
        measured["statuses"]["404"].as_i64().unwrap(),
    );
    assert!((found - missing).abs() <= 2, "{measured}");
    assert_eq!(
        measured["count"].as_i64().unwrap(),
        found,
        "a quick refusal is no fast answer"
    );
}

#[test]
fn lost_connections_are_counted_and_made_anew() {
    let (folder, memory) = (tempfile::tempdir().unwrap(), Arc::new(Memory::default()));
    let service = Service::start(&memory, "127.0.0.1:0");
    let (url, tokens) = (service.url(), tokens(&folder));
    let hand = Arc::clone(&memory);
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        hand.drops.store(2, SeqCst);
    });
    let line = [
        "backstop-load",
        "applications",
        "--url",
        &url,
        "--token-file",
        &tokens,
    ];
    let options = ["--clients", "4", "--warm-up", "0", "--duration", "1", "--json"];
    let measured = measure(&[&line[..], &options[..]].concat()).unwrap();
    let broken = measured["broken"].as_u64().unwrap();
    assert_eq!(broken, memory.dropped.load(SeqCst), "{measured}");
    assert!(broken > 0 && measured["ok"].as_u64().unwrap() > 100, "{measured}");
}
