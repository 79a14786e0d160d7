//! The journal says what the clients saw, through refusals, lost answers and a kill.
//!
//! Each test needs a process of its own, as nextest gives it: goose has one switch per process.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use crate::stub::{Memory, Service};
use base::clock::Clock;
use base::shutdown::Shutdown;
use clap::Parser as _;
use laws::journal::{Journal, Kind, Outcome, Record};
use loadtest::cli::{Cli, Command, RunArgs};
use loadtest::run;
use loadtest::summary::Summary;
use serde_json::Value;

fn args(service: &Service, folder: &Path, more: &[&str]) -> RunArgs {
    let tokens = folder.join("tokens.json");
    std::fs::write(
        &tokens,
        r#"{"channel":"c","officer1":"o1","officer2":"o2","operator":"op"}"#,
    )
    .unwrap();
    let url = service.url();
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (journal, progress, summary) = (
        file("journal.jsonl"),
        file("progress.jsonl"),
        file("summary.json"),
    );
    let mut line = vec![
        "backstop-load",
        "run",
        "--url",
        &url,
        "--standin",
        &url,
        "--token-file",
    ];
    line.extend([
        tokens.to_str().unwrap(),
        "--journal",
        &journal,
        "--progress",
        &progress,
        "--summary",
        &summary,
    ]);
    line.extend(more);
    match Cli::try_parse_from(line).unwrap().command {
        Command::Run(args) => args,
        other => panic!("{other:?}"),
    }
}

fn read(folder: &Path) -> Journal {
    Journal::read(&folder.join("journal.jsonl")).unwrap()
}

async fn go(args: &RunArgs) -> Summary {
    run::run(args, Clock::system(), Shutdown::new()).await.unwrap()
}

/// What an audit would ask: every acknowledged write is there with its digest
/// and answer, and no key did anything twice.
fn agrees(journal: &Journal, memory: &Memory) {
    let committed = memory.committed.lock().unwrap();
    let acked = journal.records.iter().filter(|record| record.is_acked_write());
    let mut keys = HashSet::new();
    for record in acked {
        let row = &committed[&record.key];
        assert!(keys.insert(&record.key), "one key, one acknowledgement");
        assert_eq!((&row.path, &row.digest), (&record.path, &record.body_digest));
        assert_eq!(row.answer["id"].as_str(), record.answer_id.as_deref());
        let amount = row.answer.get("amount").or_else(|| row.answer.get("limit"));
        assert_eq!(amount.and_then(Value::as_i64), record.amount);
    }
    // What was committed without an acknowledgement is on record as ambiguous.
    let ambiguous: HashSet<&String> = journal
        .records
        .iter()
        .filter(|record| record.outcome == Outcome::Ambiguous)
        .map(|record| &record.key)
        .collect();
    for key in committed.keys() {
        assert!(
            keys.contains(key) || ambiguous.contains(key),
            "{key} is not on record"
        );
    }
}

fn by_key(journal: &Journal) -> HashMap<&str, Vec<&Record>> {
    let mut keys: HashMap<&str, Vec<&Record>> = HashMap::new();
    for record in journal.records.iter().filter(|record| record.kind != Kind::Read) {
        keys.entry(&record.key).or_default().push(record);
    }
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_path_is_walked_and_on_record() {
    let (folder, memory) = (tempfile::tempdir().unwrap(), Arc::new(Memory::default()));
    let service = Service::start(&memory, "127.0.0.1:0");
    let summary = go(&args(
        &service,
        folder.path(),
        &["--users", "8", "--duration", "3"],
    ))
    .await;
    let journal = read(folder.path());
    agrees(&journal, &memory);
    assert_eq!(summary.ended_by, "duration");
    for verb in loadtest::verb::Verb::ALL {
        assert!(
            summary.figures.by_kind.contains_key(verb.as_str()),
            "{} was never done",
            verb.as_str()
        );
    }
    assert_eq!(
        summary.figures.failed + summary.figures.ambiguous + summary.figures.not_sent,
        0,
        "{:?}",
        summary.figures
    );
    let acked = journal
        .records
        .iter()
        .filter(|record| record.is_acked_write())
        .count();
    assert_eq!(
        u64::try_from(acked).unwrap(),
        summary.figures.acked,
        "figures and journal agree"
    );

    let progress = std::fs::read_to_string(folder.path().join("progress.jsonl")).unwrap();
    let lines: Vec<Value> = progress
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.len() >= 3, "a line a second: {progress}");
    let acked: Vec<u64> = lines.iter().map(|line| line["acked"].as_u64().unwrap()).collect();
    assert!(acked.is_sorted() && acked[0] > 0, "cumulative: {acked:?}");
    assert!(lines[1]["by_kind"]["apply"]["acked"].as_u64().unwrap() > 0);
    assert!(lines[1]["p99_us"].as_u64() >= lines[1]["p50_us"].as_u64());
    let written: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("summary.json")).unwrap()).unwrap();
    assert_eq!(written["acked"].as_u64().unwrap(), summary.figures.acked);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lost_after_the_commit_is_ambiguous_and_then_acknowledged_under_the_same_key() {
    let (folder, memory) = (tempfile::tempdir().unwrap(), Arc::new(Memory::default()));
    memory.drops.store(5, SeqCst);
    let service = Service::start(&memory, "127.0.0.1:0");
    let summary = go(&args(
        &service,
        folder.path(),
        &["--users", "6", "--duration", "3"],
    ))
    .await;
    let journal = read(folder.path());
    agrees(&journal, &memory);
    let dropped = memory.dropped.load(SeqCst);
    assert!(dropped > 10, "the stub dropped {dropped}");
    // Goose's connections are shared, so a drop may take a neighbour's idle one along.
    assert!(summary.figures.ambiguous >= dropped);
    let (mut resolved, mut open) = (0, 0);
    for (key, records) in by_key(&journal) {
        let outcomes: Vec<Outcome> = records.iter().map(|record| record.outcome).collect();
        if outcomes.contains(&Outcome::Ambiguous) {
            assert!(
                records
                    .iter()
                    .all(|record| record.body_digest == records[0].body_digest),
                "{key}"
            );
            match outcomes.last() {
                Some(Outcome::Acked) => resolved += 1,
                _ => open += 1,
            }
        }
    }
    assert!(resolved > 10, "{resolved} resolved");
    assert_eq!(open, 0, "the drain settles what is open");
    assert!(memory.replayed.load(SeqCst) > 10);
    // No repayment was booked twice, so no loan went below zero and none was refused.
    assert!(
        memory
            .loans
            .lock()
            .unwrap()
            .values()
            .all(|principal| *principal >= 0)
    );
    assert_eq!(summary.figures.codes.get("amount-exceeds-debt"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_intake_is_closed_newcomers_are_refused_and_borrowers_go_on() {
    let (folder, memory) = (tempfile::tempdir().unwrap(), Arc::new(Memory::default()));
    let service = Service::start(&memory, "127.0.0.1:0");
    let args = args(
        &service,
        folder.path(),
        &["--users", "40", "--existing-share", "30", "--duration", "7"],
    );
    let hand = Arc::clone(&memory);
    let (from, to) = (Duration::from_secs(2), Duration::from_secs(5));
    let closing = tokio::spawn(async move {
        tokio::time::sleep(from).await;
        hand.closed.store(true, SeqCst);
        let closed = Clock::system().now_micros();
        tokio::time::sleep(to - from).await;
        let reopen = Clock::system().now_micros();
        hand.closed.store(false, SeqCst);
        (closed, reopen)
    });
    let summary = go(&args).await;
    let (closed, reopen) = closing.await.unwrap();
    let journal = read(folder.path());
    agrees(&journal, &memory);
    let during: Vec<&Record> = journal
        .records
        .iter()
        .filter(|record| (closed + 100_000..reopen).contains(&record.at))
        .collect();
    let count = |kind: Kind, outcome: Outcome| {
        during
            .iter()
            .filter(|record| record.kind == kind && record.outcome == outcome)
            .count()
    };
    assert_eq!(count(Kind::Intake, Outcome::Acked), 0, "closed means closed");
    let refusals = count(Kind::Intake, Outcome::Refused);
    assert!(
        (600..8_000).contains(&refusals),
        "refused often, but not in a spin: {refusals}"
    );
    assert!(count(Kind::Existing, Outcome::Acked) + count(Kind::Read, Outcome::Acked) > 500);
    assert_eq!(summary.figures.codes["intake-closed"], summary.figures.refused);
    let after = journal
        .records
        .iter()
        .filter(|record| record.at > reopen + 500_000);
    let resumed = after
        .filter(|record| record.kind == Kind::Intake && record.outcome == Outcome::Acked)
        .count();
    assert!(resumed > 100, "intake goes on after the reopen: {resumed}");
    let refused: HashSet<&str> = during
        .iter()
        .filter(|record| record.outcome == Outcome::Refused)
        .map(|record| record.key.as_str())
        .collect();
    assert!(
        !journal
            .records
            .iter()
            .any(|record| record.is_acked_write() && refused.contains(record.key.as_str()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_killed_under_load_is_waited_for_and_every_open_outcome_is_settled() {
    let (folder, memory) = (tempfile::tempdir().unwrap(), Arc::new(Memory::default()));
    let service = Service::start(&memory, "127.0.0.1:0");
    let address = service.address.to_string();
    let args = args(&service, folder.path(), &["--users", "16", "--duration", "6"]);
    let hand = Arc::clone(&memory);
    let killing = tokio::task::spawn_blocking(move || {
        std::thread::sleep(Duration::from_secs(2));
        drop(service);
        let killed = Clock::system().now_micros();
        std::thread::sleep(Duration::from_millis(1_500));
        (
            killed,
            Clock::system().now_micros(),
            Service::start(&hand, &address),
        )
    });
    let summary = go(&args).await;
    let (killed, restarted, _service) = killing.await.unwrap();
    let journal = read(folder.path());
    agrees(&journal, &memory);
    assert!(summary.figures.ambiguous > 0, "{:?}", summary.figures);
    assert!(
        (10..2_000).contains(&summary.figures.not_sent),
        "waits between tries: {:?}",
        summary.figures
    );
    let away = journal
        .records
        .iter()
        .filter(|record| (killed + 50_000..restarted).contains(&record.at));
    assert_eq!(away.filter(|record| record.outcome == Outcome::Acked).count(), 0);
    for (key, records) in by_key(&journal) {
        let last = records.last().unwrap();
        assert!(
            !matches!(last.outcome, Outcome::Ambiguous | Outcome::Failed),
            "{key} is still open: {last:?}"
        );
    }
    let after = journal
        .records
        .iter()
        .filter(|record| record.at > restarted + 500_000 && record.is_acked_write());
    assert!(after.count() > 100, "the load goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_file_ends_the_run_and_what_was_under_way_is_finished() {
    let (folder, memory) = (tempfile::tempdir().unwrap(), Arc::new(Memory::default()));
    let service = Service::start(&memory, "127.0.0.1:0");
    let stop = folder.path().join("stop");
    let args = args(
        &service,
        folder.path(),
        &["--users", "4", "--stop-file", stop.to_str().unwrap()],
    );
    let end = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        std::fs::write(stop, "").unwrap();
    });
    let summary = go(&args).await;
    end.await.unwrap();
    assert_eq!(summary.ended_by, "stop file");
    assert!(summary.seconds < 5.0, "{}", summary.seconds);
    agrees(&read(folder.path()), &memory);
    assert_eq!(summary.figures.ambiguous, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stand_in_with_other_firms_is_noticed_before_the_load() {
    let (folder, memory) = (tempfile::tempdir().unwrap(), Arc::new(Memory::default()));
    let service = Service::start(&memory, "127.0.0.1:0");
    let args = args(&service, folder.path(), &["--seed", "2", "--duration", "1"]);
    let error = run::run(&args, Clock::system(), Shutdown::new())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("same --seed"), "{error}");
    assert!(memory.committed.lock().unwrap().is_empty());
}
