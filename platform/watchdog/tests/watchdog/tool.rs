//! A tool that stops a process and lives until it is killed: this test binary, started again.

use std::process::{Command, Stdio};
use std::time::Duration;

use base::clock::Clock;
use base::config::{Env as _, ProcessEnv};
use lease::{Error, Folder, Process, Signal, Terms, Undo};

use crate::dog::Running;

const VARIABLE: &str = "WATCHDOG_TEST_TOOL";

pub(crate) fn start(folder: &Folder, victim: &Process) -> Running {
    let tool = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tool::the_tool_itself", "--nocapture"])
        .env(VARIABLE, format!("{} {}", folder.path().display(), victim.pid))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    Running(tool)
}

/// Does nothing unless it is started as the tool.
#[test]
fn the_tool_itself() {
    let Some(what) = ProcessEnv.get(VARIABLE) else {
        return;
    };
    let (folder, pid) = what.rsplit_once(' ').unwrap();
    let folder = Folder::open(folder.as_ref()).unwrap();
    let victim = Process::with_pid(pid.parse().unwrap()).unwrap().unwrap();
    let terms = Terms {
        fault: format!("stop {victim}"),
        undo: Undo::Resume {
            process: victim.clone(),
        },
        lasts: Duration::from_secs(60),
    };
    let stop = |_: &_| -> Result<(), Error> {
        victim.open().unwrap().unwrap().signal(Signal::STOP).unwrap();
        Ok(())
    };
    let held = folder.hold(terms, &Clock::system(), stop).unwrap();
    std::thread::sleep(Duration::from_secs(600));
    held.lease.end().unwrap();
}
