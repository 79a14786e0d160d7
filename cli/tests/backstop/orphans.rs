//! Faults that nobody holds are ended beside the command that was asked for: it never waits for them, nor does whoever
//! reads what it says.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::run::BACKSTOP;

/// Longer than any command may take, and short enough to end by itself.
const UNDOING: u64 = 20;

#[test]
fn a_fault_that_is_hard_to_undo_holds_up_no_command() {
    let folder = tempfile::tempdir().unwrap();
    let (own, sibling) = (
        folder.path().join("backstop"),
        folder.path().join("backstop-chaos"),
    );
    fs::copy(BACKSTOP, &own).unwrap();
    let leases = folder.path().join("leases");
    fs::create_dir(&leases).unwrap();
    fs::write(leases.join("1.json"), "{}").unwrap();
    let begun_file = folder.path().join("begun");
    let script = format!(
        "#!/bin/sh\necho $$ $@ > {0}.new && mv {0}.new {0}\necho said; exec sleep {UNDOING}\n",
        begun_file.display()
    );
    fs::write(&sibling, script).unwrap();
    fs::set_permissions(&sibling, Permissions::from_mode(0o755)).unwrap();

    let begun = Instant::now();
    let told = Command::new(&own)
        .args(["runbook", "list", "--json"])
        .env("BACKSTOP_LEASES", &leases)
        .output()
        .unwrap();
    let took = begun.elapsed();
    while !begun_file.exists() {
        assert!(
            begun.elapsed() < Duration::from_secs(UNDOING),
            "nothing was begun"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    let said = fs::read_to_string(&begun_file).unwrap();
    let (pid, arguments) = said.trim().split_once(' ').unwrap();
    kill(Pid::from_raw(pid.parse().unwrap()), Signal::SIGKILL).unwrap();
    assert_eq!(arguments, format!("recover --leases {}", leases.display()));
    assert!(took < Duration::from_secs(UNDOING / 2), "it waited for {took:?}");
    assert!(told.status.success() && told.stderr.is_empty(), "{told:?}");
    // What undoing says is kept where the records are.
    assert_eq!(fs::read_to_string(leases.join("recover.log")).unwrap(), "said\n");
}
