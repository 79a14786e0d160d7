//! Processes by pid: signal, find children, wait for the end.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::Child;
use std::time::{Duration, Instant};

/// Sends a signal; a process that is gone already is fine.
pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

/// Kills a process and its children at once, and waits until none holds memory or
/// files any more.
pub(crate) fn kill_with_children(parent: &mut Child, within: Duration) {
    let mut all = children(parent.id());
    all.insert(0, parent.id());
    for pid in &all {
        signal(*pid, Signal::SIGKILL);
    }
    let _ = parent.wait();
    gone(&all, within);
}

/// Waits for a child's end; `false` if it still runs then.
pub(crate) fn ended(child: &mut Child, within: Duration) -> bool {
    let deadline = Instant::now() + within;
    loop {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The direct children of a process, from `/proc`.
fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| status(*pid).is_some_and(|(_, of)| of == parent))
        .collect()
}

/// Waits until none of them runs; `false` if some still do. A zombie does not run.
fn gone(pids: &[u32], within: Duration) -> bool {
    let deadline = Instant::now() + within;
    loop {
        if pids
            .iter()
            .all(|pid| status(*pid).is_none_or(|(state, _)| state == 'Z'))
        {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// State and parent: the two fields after the name, which may itself hold brackets.
fn status(pid: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
