//! `backstop rehearse` leaves a report and no process behind, whatever happens
//! on the way: a phase that fails, an audit that can't run, a signal.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use base::exit;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::binaries::shipped;
use crate::process::Process;

/// Seconds that a planted process lives: past two accounts and the quick plan's warm-up of three.
const LIVES: u32 = 9;

/// A folder of executables, some of them replaced, and what a rehearsal with them left.
pub(crate) struct Rehearsal {
    dir: TempDir,
}

impl Rehearsal {
    pub(crate) fn with_the_shipped_executables() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("bin");
        fs::create_dir(&bin).unwrap();
        for name in [
            "financing",
            "financing-standin",
            "backstop-load",
            "backstop-watchdog",
            "backstop-chaos",
            "backstop-exit",
            "backstop-verify",
        ] {
            symlink(shipped(name), bin.join(name)).unwrap();
        }
        Self { dir }
    }

    /// Replaces an executable by a shell script; `$REAL` is the replaced one.
    fn plant(&self, name: &str, script: &str) {
        let path = self.dir.path().join("bin").join(name);
        let real = shipped(name);
        fs::remove_file(&path).unwrap();
        fs::write(&path, format!("#!/bin/sh\nREAL={}\n{script}\n", real.display())).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn start(&self) -> Process {
        let mut command = Command::new(shipped("backstop"));
        command
            .args(["rehearse", "--quick", "--seed", "7", "--bin-dir"])
            .arg(self.dir.path().join("bin"))
            .arg("--out")
            .arg(self.out());
        Process::start(&mut command, &self.dir.path().join("rehearse.log"))
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    pub(crate) fn page(&self) -> String {
        fs::read_to_string(self.out().join("report.html")).unwrap()
    }

    pub(crate) fn report(&self) -> Value {
        serde_json::from_slice(&fs::read(self.out().join("report.json")).unwrap()).unwrap()
    }

    /// Fails unless the control plane has the rehearsal on record with this outcome and the digest of its
    /// report, in a log that holds.
    #[track_caller]
    pub(crate) fn expect_on_record(&self, outcome: &str) {
        let out = self.out();
        let database = format!("sqlite:{}", out.join("control.db").display());
        let audit = Command::new(shipped("backstop"))
            .args(["audit", "--law", "7", "--database", &database, "--evidence-key"])
            .arg(out.join("control-evidence.pub"))
            .arg("--anchors")
            .arg(out.join("control-anchors.jsonl"))
            .output()
            .unwrap();
        assert!(
            audit.status.success(),
            "{}",
            String::from_utf8_lossy(&audit.stdout)
        );
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let row = runtime.block_on(async {
            let db = db::Db::open(&database, db::Options::default()).await.unwrap();
            let sql = "SELECT outcome, report_sha256 FROM drills";
            let row = db.one(sql, &[]).await.unwrap().unwrap();
            db.close().await;
            (row.text(0).unwrap().to_owned(), row.text(1).unwrap().to_owned())
        });
        let report = Sha256::digest(fs::read(out.join("report.json")).unwrap());
        let digest: String = report.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(row, (outcome.to_owned(), digest));
    }

    /// Fails if a process still runs that has this rehearsal's folder among its arguments.
    #[track_caller]
    fn expect_nothing_running(&self) {
        let left = running_with(self.dir.path());
        assert!(left.is_empty(), "still running: {left:?}");
    }
}

/// Command lines of the processes that name a folder.
fn running_with(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok());
    lines
        .map(|line| line.replace('\0', " "))
        .filter(|line| line.contains(&folder.display().to_string()))
        .collect()
}

fn verdicts(report: &Value) -> Vec<&str> {
    let laws = report["laws"].as_array().unwrap().iter();
    laws.take(3).map(|law| law["verdict"].as_str().unwrap()).collect()
}

#[test]
fn a_service_that_dies_in_a_phase_leaves_a_report_that_says_so_and_what_could_be_audited() {
    let rehearsal = Rehearsal::with_the_shipped_executables();
    // `init` and `check` end by themselves long before.
    rehearsal.plant(
        "financing",
        &format!("exec timeout -s KILL {LIVES} \"$REAL\" \"$@\""),
    );
    let mut process = rehearsal.start();
    let status = process.ended();
    rehearsal.expect_nothing_running();
    rehearsal.expect_on_record("failed");
    let said = process.said();
    assert_eq!(status.code(), Some(i32::from(exit::FAILED)), "{said}");
    assert!(
        said.contains("the rehearsal failed in the phase `steady state`: financing ended with"),
        "{said}"
    );

    let report = rehearsal.report();
    let failures = report["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0]["phase"], "steady state");
    assert_eq!(failures[0]["kind"], "failed");
    assert!(
        failures[0]["reason_zh"]
            .as_str()
            .unwrap()
            .contains("进程 financing 意外结束")
    );
    let phases = report["phases"].as_array().unwrap();
    let went: Vec<(&str, &str)> = phases
        .iter()
        .map(|phase| {
            (
                phase["name"].as_str().unwrap(),
                phase["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("starting", "done"),
        ("warm-up", "done"),
        ("steady state", "failed"),
        ("audit", "done"),
        ("stopping", "done"),
    ];
    assert_eq!(went, expected);
    // What it acknowledged is kept, though too little for a pass, and its books balance.
    let law = &report["laws"][0];
    assert!(law["checked"].as_u64().unwrap() > 0, "{law}");
    assert!(law["findings"].as_array().unwrap().is_empty(), "{law}");
    assert_ne!(verdicts(&report)[2], "broken");
    assert_ne!(report["verdict"], "held");
    let page = rehearsal.page();
    for text in ["Failed in the phase “steady state”", "失败阶段：稳态", "<svg"] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn an_audit_that_cannot_run_is_told_beside_the_failed_phase() {
    let rehearsal = Rehearsal::with_the_shipped_executables();
    let script = format!(
        "journal=$(echo \"$*\" | sed 's/.*--journal \\([^ ]*\\).*/\\1/')\n\
         timeout -s KILL {LIVES} \"$REAL\" \"$@\"\n\
         echo 'no line of a journal' >>\"$journal\"\nexit 9"
    );
    rehearsal.plant("backstop-load", &script);
    let mut process = rehearsal.start();
    assert_eq!(
        process.ended().code(),
        Some(i32::from(exit::FAILED)),
        "{}",
        process.said()
    );
    rehearsal.expect_nothing_running();

    let report = rehearsal.report();
    let failures = report["failures"].as_array().unwrap();
    let phases: Vec<&str> = failures
        .iter()
        .map(|failure| failure["phase"].as_str().unwrap())
        .collect();
    assert_eq!(phases, ["steady state", "audit"]);
    assert!(
        failures[0]["reason"]
            .as_str()
            .unwrap()
            .contains("backstop-load ended with exit status: 9")
    );
    assert!(
        failures[1]["reason"]
            .as_str()
            .unwrap()
            .contains("failed to read the journal")
    );
    assert_eq!(verdicts(&report), ["not-touched"; 3]);
    assert!(
        report["laws"][1]["evidence"]["not_enough"]
            .as_str()
            .unwrap()
            .starts_with("the audit did not run")
    );
    assert!(rehearsal.page().contains("失败阶段：审计"));
}

#[test]
fn a_signal_ends_everything_and_the_report_says_that_it_was_interrupted() {
    let rehearsal = Rehearsal::with_the_shipped_executables();
    let mut process = rehearsal.start();
    let begun = Instant::now();
    while !process.said().contains("steady state") {
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", process.said());
        std::thread::sleep(Duration::from_millis(50));
    }
    let told = Instant::now();
    let status = process.terminate();
    println!("ended {:?} after the signal", told.elapsed());
    rehearsal.expect_nothing_running();
    rehearsal.expect_on_record("interrupted");
    let said = process.said();
    assert_eq!(status.code(), Some(i32::from(exit::FAILED)), "{said}");
    assert!(
        said.contains("was interrupted in the phase `steady state`"),
        "{said}"
    );
    // Two seconds for each of three children at the most, and the report.
    assert!(told.elapsed() < Duration::from_secs(15), "{:?}", told.elapsed());

    let report = rehearsal.report();
    assert_eq!(report["failures"].as_array().unwrap().len(), 1);
    assert_eq!(report["failures"][0]["kind"], "interrupted");
    assert_eq!(verdicts(&report), ["not-touched"; 3]);
    assert!(rehearsal.page().contains("中断于阶段：稳态"));
}

#[test]
fn a_service_that_never_starts_leaves_a_report_too() {
    let rehearsal = Rehearsal::with_the_shipped_executables();
    rehearsal.plant(
        "financing",
        "[ \"$1\" = serve ] && { echo no luck today; exit 3; }\nexec \"$REAL\" \"$@\"",
    );
    let mut process = rehearsal.start();
    assert_eq!(
        process.ended().code(),
        Some(i32::from(exit::FAILED)),
        "{}",
        process.said()
    );
    rehearsal.expect_nothing_running();
    let report = rehearsal.report();
    assert_eq!(report["failures"][0]["phase"], "starting");
    assert!(
        report["failures"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("no luck today")
    );
    assert_eq!(report["phases"][0]["outcome"], "failed");
    assert!(rehearsal.page().contains("Nothing was recorded"));
}

#[test]
fn a_watchdog_that_keeps_quiet_breaks_the_law_of_silence() {
    let rehearsal = Rehearsal::with_the_shipped_executables();
    // It ends when it is told to, and does nothing else.
    rehearsal.plant(
        "backstop-watchdog",
        "trap 'exit 0' TERM\nwhile :; do sleep 0.1; done",
    );
    let mut process = rehearsal.start();
    assert_eq!(
        process.ended_within(Duration::from_secs(240)).code(),
        Some(i32::from(exit::LAW_BROKEN)),
        "{}",
        process.said()
    );
    rehearsal.expect_nothing_running();

    let report = rehearsal.report();
    assert_eq!(report["failures"][0]["phase"], "monitor killed");
    let silence = &report["laws"][8];
    assert_eq!(
        (&silence["law"], &silence["verdict"]),
        (&9.into(), &"broken".into())
    );
    assert_eq!(silence["findings"][0]["what"], "silent");
    // What was noticed before was paged all the same.
    assert!(report["figures"]["kill_paged_ms"].as_u64().is_some());
    assert!(report["figures"]["close_paged_ms"].as_u64().is_some());
    assert!(report["figures"]["silence_paged_ms"].is_null());
}
