//! The commit's log is on disk before its answer leaves. A kill can't show
//! this, for the kernel keeps the pages; the order of the system calls does.

use std::path::Path;

use crate::customer::registration;
use crate::place::{self, Place, Store};
use crate::process::Process;
use crate::service::{command, free_port, launch};
use crate::standin::Standin;
use crate::trace::{self, Call};
use crate::{binaries, report};

/// Writes per look, one after another, each with its own answer.
const WRITES: u64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_the_log_is_synced_before_the_answer_leaves() {
    let test = "on_sqlite_the_log_is_synced_before_the_answer_leaves";
    if skipped(test, Store::Sqlite) {
        return;
    }
    let place = Place::new(Store::Sqlite);
    let calls = traced_writes(&place, &binaries::shipped("financing"), "").await;
    expect_synced(&calls, &calls, "financing.db-wal");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_a_build_that_does_not_sync_is_caught() {
    let test = "on_sqlite_a_build_that_does_not_sync_is_caught";
    let Some(binary) = binaries::with_bugs() else {
        report::skip(test, "no build with failpoints");
        return;
    };
    if skipped(test, Store::Sqlite) {
        return;
    }
    let place = Place::new(Store::Sqlite);
    let calls = traced_writes(&place, &binary, "weak_sync").await;
    let unsynced = unsynced(&answers(&calls), &calls, "financing.db-wal");
    assert_eq!(
        unsynced,
        usize::try_from(WRITES).unwrap(),
        "every answer left before its sync"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_the_log_is_synced_before_the_answer_leaves() {
    let test = "on_postgresql_the_log_is_synced_before_the_answer_leaves";
    if skipped(test, Store::Postgres) {
        return;
    }
    let place = Place::new(Store::Postgres);
    if let Some((service, server)) = traced_with_server(test, &place).await {
        expect_synced(&service, &server, "/pg_wal/");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_a_server_that_does_not_sync_is_caught() {
    let test = "on_postgresql_a_server_that_does_not_sync_is_caught";
    if skipped(test, Store::Postgres) {
        return;
    }
    for setting in ["fsync", "synchronous_commit"] {
        let place = Place::with_settings(Store::Postgres, &[(setting, "off")]);
        let Some((service, server)) = traced_with_server(test, &place).await else {
            return;
        };
        // The log's writer may sync behind an answer's back now and then.
        let unsynced = unsynced(&answers(&service), &server, "/pg_wal/");
        assert!(unsynced > 0, "{setting}=off was not caught");
    }
}

fn skipped(test: &str, store: Store) -> bool {
    if let Some(why) = trace::unavailable() {
        report::skip(test, &why);
        return true;
    }
    store == Store::Postgres && !place::postgres(test)
}

/// Registers firms, one after another, with a traced service; its calls.
async fn traced_writes(place: &Place, binary: &Path, failpoints: &str) -> Vec<Call> {
    let standin = Standin::start(place);
    let port = free_port();
    let output = place.path("service.strace");
    let serve = command(place, binary, failpoints, port, &standin.base);
    let (mut service, _) = launch(place, &mut trace::of(&serve, &output));
    let channel = place.client(&format!("http://127.0.0.1:{port}"), "channel");
    for n in 1..=WRITES {
        channel
            .register_firm(&format!("traced-{n}"), &registration(n))
            .await
            .unwrap();
    }
    assert!(service.terminate().success(), "{}", service.said());
    trace::read(&output, true)
}

/// The same, with the database server traced beside; both traces have the same clock.
async fn traced_with_server(test: &str, place: &Place) -> Option<(Vec<Call>, Vec<Call>)> {
    let output = place.path("server.strace");
    let pid = place.cluster.as_ref().unwrap().pid();
    let mut tracer = Process::start(&mut trace::attached(pid, &output), &place.path("strace.log"));
    while !tracer.said().contains("attached") {
        if tracer.said().contains("ptrace") {
            report::skip(test, tracer.said().trim());
            return None;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let service = traced_writes(place, &binaries::shipped("financing"), "").await;
    tracer.terminate();
    Some((service, trace::read(&output, false)))
}

/// The answers of the writes, in order.
fn answers(calls: &[Call]) -> Vec<&Call> {
    let answers = calls
        .iter()
        .filter(|call| call.arguments.contains("HTTP/1.1 201"));
    answers.collect()
}

#[track_caller]
fn expect_synced(service: &[Call], log: &[Call], file: &str) {
    let answers = answers(service);
    assert_eq!(answers.len(), usize::try_from(WRITES).unwrap());
    assert_eq!(
        unsynced(&answers, log, file),
        0,
        "an answer left before its commit was on disk"
    );
}

/// Answers between which and the one before them the log was not first
/// written and then synced.
fn unsynced(answers: &[&Call], log: &[Call], file: &str) -> usize {
    let on_log = |call: &&Call| call.arguments.contains(file);
    let mut since = 0;
    let mut unsynced = 0;
    for answer in answers {
        let mut during = log
            .iter()
            .filter(on_log)
            .filter(|call| call.began >= since && call.ended <= answer.began);
        let written = during.find(|call| ["write", "pwrite64", "writev"].contains(&call.name.as_str()));
        let synced = written.is_some_and(|written| {
            log.iter().filter(on_log).any(|call| {
                call.name.ends_with("sync") && call.began >= written.ended && call.ended <= answer.began
            })
        });
        unsynced += usize::from(!synced);
        since = answer.began;
    }
    unsynced
}
