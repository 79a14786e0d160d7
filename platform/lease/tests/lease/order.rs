//! The order of system calls: the record and its folder are synced before the fault. A tool that does it the other way
//! round is caught.

use std::process::{Command, Stdio};
use std::time::Duration;

use base::config::{Env as _, ProcessEnv};

use crate::tool::{self, Order};
use crate::victim::{Victim, folder, within};

/// The calls that matter, in their order: syncs, the renaming of a record, and the signal.
fn calls(order: Order) -> Option<Vec<&'static str>> {
    let (dir, folder) = folder();
    let victim = Victim::start();
    let trace = dir.path().join("trace");
    let mut tool = tool::command(folder.path(), &victim.process, order);
    let mut strace = Command::new("strace");
    strace
        .args([
            "-f",
            "-e",
            "trace=fsync,rename,renameat,renameat2,pidfd_send_signal",
            "-o",
        ])
        .arg(&trace)
        .arg(tool.get_program())
        .args(tool.get_args())
        .envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    tool.stdout(Stdio::null());
    let mut strace = strace.spawn().ok()?;
    let whole = || {
        let traced = std::fs::read_to_string(&trace).unwrap_or_default();
        let written = std::fs::read_dir(folder.path()).unwrap().count() > 0;
        traced.contains("pidfd_send_signal") && traced.contains("rename") && written
    };
    let came = within(Duration::from_secs(20), whole);
    // What it traces ends with it.
    strace.kill().unwrap();
    strace.wait().unwrap();
    came?;
    let traced = std::fs::read_to_string(&trace).unwrap();
    let names = ["fsync", "rename", "pidfd_send_signal"];
    let found = traced
        .lines()
        .filter_map(|line| names.into_iter().find(|name| line.contains(&format!(" {name}"))));
    Some(found.collect())
}

/// After the folder was opened, which syncs what is above it.
fn is_safe(calls: &[&str]) -> bool {
    let at = calls.iter().position(|call| *call == "rename");
    let before = at.and_then(|at| at.checked_sub(1)).and_then(|at| calls.get(at));
    let after = at.map(|at| &calls[at + 1..]);
    before == Some(&"fsync") && after.is_some_and(|after| after.starts_with(&["fsync", "pidfd_send_signal"]))
}

#[test]
fn the_record_and_its_folder_are_synced_before_the_signal_and_the_planted_order_is_caught() {
    if Command::new("strace").arg("-V").output().is_err() {
        return skip("strace is not installed");
    }
    let Some(right) = calls(Order::RecordFirst) else {
        return skip("strace may not trace here");
    };
    assert!(is_safe(&right), "{right:?}");
    let wrong = calls(Order::FaultFirst).unwrap();
    assert!(!is_safe(&wrong), "{wrong:?}");
}

fn skip(why: &str) {
    println!("SKIPPED: the order of system calls: {why}");
    if let Some(path) = ProcessEnv.get("BACKSTOP_SKIPS") {
        use std::io::Write as _;
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .unwrap();
        file.write_all(format!("lease::order: {why}\n").as_bytes())
            .unwrap();
    }
}
