//! A tethered program ends when its parent is killed, however that happens.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{BACKSTOP, backstop, stderr};

#[test]
fn it_becomes_the_program_under_the_same_pid() {
    let me = std::process::id().to_string();
    let child = Command::new(BACKSTOP)
        .args(["tether", &me, "/bin/sh", "-c", "echo $$"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id().to_string();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), pid);
}

#[test]
fn the_program_ends_when_its_parent_is_killed() {
    // A shell plays the parent: it starts a tethered sleep, says its pid, and waits.
    let script = format!("{BACKSTOP} tether $$ /bin/sleep 60 & echo $!; wait");
    let mut parent = Command::new("/bin/sh")
        .args(["-c", &script])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(parent.stdout.take().unwrap()),
        &mut line,
    )
    .unwrap();
    let process = Path::new("/proc").join(line.trim());
    let is_sleep = || fs_comm(&process) == "sleep";
    wait_until("the program has started", is_sleep);
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_until("the program has ended", || !is_sleep());
}

#[test]
fn an_orphan_does_not_start() {
    let output = backstop(&["tether", "1", "/bin/echo", "started"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("the parent is gone"));
}

fn fs_comm(process: &Path) -> String {
    std::fs::read_to_string(process.join("comm"))
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
