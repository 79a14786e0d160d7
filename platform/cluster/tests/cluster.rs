//! A cluster starts, serves, dies, comes back, and leaves nothing behind.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use cluster::{Cluster, Options};
use std::path::Path;
use std::time::{Duration, Instant};

fn running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !holds() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_committed_row_outlives_a_kill_and_a_stop_leaves_nothing() {
    let mut cluster = Cluster::start(Options::default()).unwrap();
    cluster.create_database("shop").unwrap();
    cluster
        .sql("shop", "CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (7)")
        .unwrap();
    let first = cluster.pid();

    cluster.kill();
    assert!(!running(first), "the postmaster is dead");
    assert!(cluster.sql("shop", "SELECT 1").is_err(), "nobody answers");

    cluster.restart().unwrap();
    assert_ne!(cluster.pid(), first);
    cluster
        .sql("shop", "DO $$ BEGIN ASSERT (SELECT n FROM t) = 7; END $$")
        .unwrap();

    let (pid, folder) = (cluster.pid(), cluster.folder().to_owned());
    drop(cluster);
    assert!(!running(pid));
    assert!(!folder.exists());
}

#[test]
fn the_server_is_not_root_and_obeys_its_settings() {
    let cluster = Cluster::start(Options {
        settings: vec![("fsync", "off")],
        ..Options::default()
    })
    .unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", cluster.pid())).unwrap();
    let uid = status.lines().find(|line| line.starts_with("Uid:")).unwrap();
    assert!(!uid.split_whitespace().any(|field| field == "0"), "{uid}");
    cluster
        .sql(
            "postgres",
            "DO $$ BEGIN ASSERT current_setting('fsync') = 'off'; END $$",
        )
        .unwrap();
    // Loopback only: the machine's other addresses are refused by the system.
    cluster
        .sql(
            "postgres",
            "DO $$ BEGIN ASSERT current_setting('listen_addresses') = '127.0.0.1'; END $$",
        )
        .unwrap();
}

/// A logger of its own still writes while the server ends.
#[test]
fn a_server_that_logs_to_files_leaves_nothing_behind_either() {
    for _ in 0..3 {
        let settings = vec![("logging_collector", "on"), ("log_statement", "all")];
        let mut cluster = Cluster::start(Options {
            settings,
            ..Options::default()
        })
        .unwrap();
        let folder = cluster.folder().to_owned();
        cluster.kill();
        cluster.restart().unwrap();
        cluster.stop();
        assert!(!folder.exists());
    }
}

/// Set in the second process of the test below, to the file that it reports to.
const REPORT: &str = "CLUSTER_TEST_REPORT";

/// This very test, run again as a process of its own, is the one that dies.
#[test]
fn a_killed_process_takes_its_cluster_with_it() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how the test tells its second process that it is the one"
    )]
    if let Ok(report) = std::env::var(REPORT) {
        return hold_a_cluster(Path::new(&report));
    }
    let report = tempfile::NamedTempFile::new().unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_killed_process_takes_its_cluster_with_it"])
        .env(REPORT, report.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let read = || std::fs::read_to_string(report.path()).unwrap();
    soon("the start of the cluster", || read().ends_with('\n'));
    let text = read();
    let (pid, folder) = text.trim().split_once(' ').unwrap();
    let pid: u32 = pid.parse().unwrap();
    assert!(running(pid));

    child.kill().unwrap();
    child.wait().unwrap();
    soon("the end of the orphaned server", || !running(pid));
    soon("the removal of its folder", || !Path::new(folder).exists());
}

fn hold_a_cluster(report: &Path) {
    let cluster = Cluster::start(Options::default()).unwrap();
    std::fs::write(
        report,
        format!("{} {}\n", cluster.pid(), cluster.folder().display()),
    )
    .unwrap();
    std::thread::sleep(Duration::from_secs(60));
}
