//! A tool that injects a fault and lives until it is killed: this test binary, started again.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base::clock::Clock;
use base::config::{Env as _, ProcessEnv};
use lease::{Error, Folder, Process, Signal, Terms, Undo};

const VARIABLE: &str = "LEASE_TEST_TOOL";

/// In which order the tool works.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Order {
    /// Record, then fault.
    RecordFirst,
    /// Planted: fault, then record.
    FaultFirst,
}

pub(crate) fn command(folder: &Path, victim: &Process, order: Order) -> Command {
    let what = format!(
        "{} {} {}",
        folder.display(),
        victim.pid,
        u8::from(order == Order::RecordFirst)
    );
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "tool::the_tool_itself", "--nocapture"])
        .env(VARIABLE, what);
    command
}

pub(crate) fn start(folder: &Path, victim: &Process, order: Order) -> Child {
    command(folder, victim, order)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Does nothing unless it is started as the tool.
#[test]
fn the_tool_itself() {
    let Some(what) = ProcessEnv.get(VARIABLE) else {
        return;
    };
    let words: Vec<&str> = what.split(' ').collect();
    let folder = Folder::open(Path::new(words[0])).unwrap();
    let victim = Process::with_pid(words[1].parse().unwrap()).unwrap().unwrap();
    let stop = || victim.open().unwrap().unwrap().signal(Signal::STOP).unwrap();
    // So that kills find the moment between the two as well.
    let between = || std::thread::sleep(Duration::from_millis(30));
    let terms = Terms {
        fault: format!("stop {victim}"),
        undo: Undo::Resume {
            process: victim.clone(),
        },
        lasts: Duration::from_secs(60),
    };
    let record_first = words[2] == "1";
    if !record_first {
        stop();
        between();
    }
    let held = folder.hold(terms, &Clock::system(), |_| {
        if record_first {
            between();
            stop();
        }
        Ok::<(), Error>(())
    });
    std::thread::sleep(Duration::from_secs(600));
    held.unwrap().lease.end().unwrap();
}
