//! A primary is lost under load: what is acknowledged stays, or the drill says exactly what does not.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base::clock::Clock;
use chaos::drill::failover::plan::{Mode, Plan};
use chaos::drill::failover::report::{Report, Verdict};
use chaos::drill::failover::run::{Surroundings, run};
use cluster::{Cluster, Options};
use lease::{Folder, Process, Signal};
use serde_json::Value;

use crate::executable::{backstop, has_watchdog, output};
use crate::long;
use crate::victim::within;

fn drill(plan: &Plan) -> anyhow::Result<Report> {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(&dir.path().join("leases")).unwrap();
    let clock = Clock::system();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let around = Surroundings {
        folder: &folder,
        clock: &clock,
        runtime: runtime.handle(),
        tell: &|event| {
            println!("{event}");
            Ok(())
        },
        go_on: &|| Ok(()),
        when: None,
        enough: None,
    };
    let report = run(plan, &around);
    assert!(folder.entries().unwrap().is_empty(), "every fault is undone");
    report
}

#[test]
fn behind_a_synchronous_standby_nothing_acknowledged_is_lost_and_the_old_primary_follows() {
    let plan = Plan {
        before: Duration::from_millis(500),
        after: Duration::from_millis(300),
        ..Plan::default()
    };
    let report = drill(&plan).unwrap();
    assert_eq!(report.verdict, Verdict::Held, "{report:?}");
    assert!(report.rpo.lost_ids.is_empty() && report.rpo.truth.agrees);
    assert!(report.writes.by_old_primary > 0 && report.writes.by_new_primary > 0);
    assert!(report.fenced.in_recovery && report.fenced.refuses_writes);
    assert!(report.rejoin_ms.equal && report.rejoin_ms.forgets);
    let rto = report.rto_ms;
    let parts = [rto.detect, rto.fence, rto.promote, rto.switch];
    assert!(parts.iter().all(|part| *part > 0.0), "{rto:?}");
    let sum = parts.iter().sum::<f64>() + rto.first_write;
    assert!(sum >= rto.total - 0.001, "{rto:?}");
}

#[test]
fn behind_a_cut_off_standby_the_lost_writes_are_listed_id_by_id() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("acknowledged");
    let plan = Plan {
        mode: Mode::AsyncPartition,
        before: Duration::from_millis(500),
        after: Duration::from_millis(300),
        acknowledged: Some(file.clone()),
        ..Plan::default()
    };
    let report = drill(&plan).unwrap();
    assert_eq!(report.verdict, Verdict::Broken, "{report:?}");
    assert_eq!(report.verdict.code(), 3);
    // Half a second of four writers.
    assert!(report.rpo.lost > 10, "{report:?}");
    assert!(report.rpo.truth.agrees, "{:?}", report.rpo.truth);
    assert_eq!(report.rpo.truth.acknowledged_only_on_old, report.rpo.lost);
    assert!(report.rejoin_ms.forgets && report.rejoin_ms.equal);
    // Whoever wrote them knows each of them as acknowledged, and as many as are reported.
    let acknowledged: BTreeSet<i64> = std::fs::read_to_string(file)
        .unwrap()
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    assert_eq!(acknowledged.len(), report.writes.acknowledged);
    assert!(report.rpo.lost_ids.iter().all(|id| acknowledged.contains(id)));
}

#[test]
fn twenty_failovers_lose_nothing_and_end_within_three_seconds() {
    // Ten seconds each: two show the way, twenty are behind the long run.
    let rounds = if long::rounds(20) == 20 { 20 } else { 2 };
    let plan = Plan {
        before: Duration::from_secs(1),
        within: Some(Duration::from_secs(3)),
        ..Plan::default()
    };
    let reports: Vec<Report> = (0..rounds).map(|_| drill(&plan).unwrap()).collect();
    let bad = |report: &&Report| report.verdict != Verdict::Held;
    let failures = u64::try_from(reports.iter().filter(bad).count()).unwrap();
    let mut totals: Vec<f64> = reports.iter().map(|report| report.rto_ms.total).collect();
    totals.sort_by(f64::total_cmp);
    println!("kill to first acknowledged write, ms: {totals:.0?}");
    long::report("twenty_failovers", rounds, rounds, failures, 0);
    assert_eq!(failures, 0, "{reports:?}");
}

#[test]
fn too_slow_a_failover_is_broken_although_nothing_is_lost() {
    let plan = Plan {
        before: Duration::from_millis(200),
        after: Duration::from_millis(100),
        // No probe is as fast.
        within: Some(Duration::from_millis(1)),
        ..Plan::default()
    };
    let report = drill(&plan).unwrap();
    assert_eq!(
        (report.verdict, report.rpo.lost),
        (Verdict::Broken, 0),
        "{report:?}"
    );
}

#[test]
fn a_fenced_primary_takes_no_write_however_often_it_is_started_and_an_unfenced_one_does() {
    let mut primary = Cluster::start(Options::default()).unwrap();
    primary
        .sql("postgres", "CREATE TABLE ledger (id BIGINT PRIMARY KEY)")
        .unwrap();
    let write =
        |primary: &Cluster, id: u32| primary.sql("postgres", &format!("INSERT INTO ledger VALUES ({id})"));
    assert!(primary.fence().is_err(), "one that runs is not fenced");
    primary.kill();
    primary.restart().unwrap();
    write(&primary, 1).unwrap();
    primary.kill();
    primary.fence().unwrap();
    for _ in 0..2 {
        primary.restart().unwrap();
        let refused = write(&primary, 2).unwrap_err().to_string();
        assert!(refused.contains("read-only transaction"), "{refused}");
        assert_eq!(primary.rows("postgres", "SELECT id FROM ledger").unwrap(), ["1"]);
    }
}

#[test]
fn a_drill_is_shown_before_it_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let leases = dir.path().join("leases");
    let (code, said, _) = output(&["drill", "failover", "--leases", leases.to_str().unwrap()]);
    assert_eq!(code, 0);
    assert!(said.contains("SIGKILL") && said.contains("--yes"), "{said}");
    assert!(!leases.exists());
}

#[test]
fn a_led_drill_tells_its_address_and_ends_with_who_leads_it() {
    if !has_watchdog() {
        return long::skip(
            "a_led_drill",
            "backstop-watchdog is not built beside backstop-chaos",
        );
    }
    let dir = tempfile::tempdir().unwrap();
    let (leases, out) = (dir.path().join("leases"), dir.path().join("report.json"));
    for words in [&["go\n", "enough\n"][..], &["go\n"], &[]] {
        let mut tool = led(&leases, &out);
        let mut lines = BufReader::new(tool.stdout.take().unwrap()).lines();
        let ready = event(&mut lines, "ready");
        assert!(ready["address"].as_str().unwrap().starts_with("127.0.0.1:"));
        assert_eq!(ready["databases"], serde_json::json!(["other"]));
        let mut input = tool.stdin.take().unwrap();
        for (word, then) in words.iter().zip(["first-write", "report"]) {
            input.write_all(word.as_bytes()).unwrap();
            event(&mut lines, then);
        }
        drop(input);
        let code = tool.wait().unwrap().code();
        assert_eq!(code, Some(i32::from(words.len() < 2)), "after {words:?}");
        assert!(Folder::open(&leases).unwrap().entries().unwrap().is_empty());
    }
    let report: Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    assert_eq!(report["verdict"], "held");
}

#[test]
fn a_drill_that_is_killed_leaves_no_server_and_no_fault_behind() {
    if !has_watchdog() {
        return long::skip(
            "a_drill_that_is_killed",
            "backstop-watchdog is not built beside backstop-chaos",
        );
    }
    for amid in ["ready", "lose", "promoted"] {
        let dir = tempfile::tempdir().unwrap();
        let leases = dir.path().join("leases");
        let mut tool = led(&leases, &dir.path().join("report.json"));
        let mut lines = BufReader::new(tool.stdout.take().unwrap()).lines();
        event(&mut lines, "ready");
        let servers = servers_of(tool.id());
        assert_eq!(servers.len(), 2, "primary and standby");
        if amid != "ready" {
            tool.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
            event(&mut lines, amid);
        }
        Process::with_pid(i32::try_from(tool.id()).unwrap())
            .unwrap()
            .unwrap()
            .open()
            .unwrap()
            .unwrap()
            .signal(Signal::KILL)
            .unwrap();
        tool.wait().unwrap();
        let gone = within(Duration::from_secs(20), || {
            servers
                .iter()
                .all(|(server, folder)| !server.is_alive().unwrap() && !folder.exists())
        });
        assert!(gone.is_some(), "servers or their data are left, killed at {amid}");
        let undone = within(Duration::from_secs(5), || {
            Folder::open(&leases).unwrap().entries().unwrap().is_empty()
        });
        assert!(undone.is_some(), "a fault is left, killed at {amid}");
    }
}

#[test]
fn an_interrupted_drill_ends_its_servers_and_says_so() {
    if !has_watchdog() {
        return long::skip(
            "an_interrupted_drill",
            "backstop-watchdog is not built beside backstop-chaos",
        );
    }
    let dir = tempfile::tempdir().unwrap();
    let (leases, out) = (dir.path().join("leases"), dir.path().join("report.json"));
    let mut tool = led(&leases, &out);
    let mut lines = BufReader::new(tool.stdout.take().unwrap()).lines();
    event(&mut lines, "ready");
    let servers = servers_of(tool.id());
    tool.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    event(&mut lines, "first-write");
    let own = Process::with_pid(i32::try_from(tool.id()).unwrap())
        .unwrap()
        .unwrap();
    own.open().unwrap().unwrap().signal(Signal::INT).unwrap();
    assert_eq!(tool.wait().unwrap().code(), Some(1));
    assert!(
        servers
            .iter()
            .all(|(server, folder)| !server.is_alive().unwrap() && !folder.exists())
    );
    assert!(Folder::open(&leases).unwrap().entries().unwrap().is_empty() && !out.exists());
}

fn led(leases: &Path, out: &Path) -> std::process::Child {
    backstop(&[
        "drill",
        "failover",
        "--steered",
        "--json",
        "--yes",
        "--database",
        "other",
    ])
    .arg("--leases")
    .arg(leases)
    .arg("--out")
    .arg(out)
    .stdin(Stdio::piped())
    .stdout(Stdio::piped())
    .spawn()
    .unwrap()
}

/// Reads on until an event comes.
fn event(lines: &mut impl Iterator<Item = std::io::Result<String>>, name: &str) -> Value {
    lines
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap())
        .find(|event| event["event"] == name)
        .unwrap()
}

/// The postmasters that a process started, each with its folder.
fn servers_of(parent: u32) -> Vec<(Process, std::path::PathBuf)> {
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
        .filter_map(|pid| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let of = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.to_owned();
            let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
            let data = command.split('\0').nth(2)?.to_owned();
            let postgres = command.contains("/postgres\0-D") && of == parent.to_string();
            let folder = Path::new(&data).parent()?.to_owned();
            postgres.then_some((Process::with_pid(pid).ok()??, folder))
        })
        .collect()
}
