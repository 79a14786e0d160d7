//! A process that is harmed, and a folder of leases.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use base::clock::Clock;
use lease::{Folder, Process, Signal, Terms, Undo};

pub(crate) struct Victim {
    child: Child,
    pub(crate) process: Process,
}

impl Victim {
    pub(crate) fn start() -> Self {
        let child = Command::new("sleep").arg("600").spawn().unwrap();
        let process = Process::with_pid(i32::try_from(child.id()).unwrap())
            .unwrap()
            .unwrap();
        Self { child, process }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.process.open().unwrap().unwrap().signal(signal).unwrap();
    }

    /// Stops it and waits until it is.
    pub(crate) fn stop(&self) {
        self.signal(Signal::STOP);
        assert!(within(Duration::from_secs(1), || self.process.is_stopped().unwrap()).is_some());
    }

    pub(crate) fn resumed(&self) -> Terms {
        Terms {
            fault: format!("stop {}", self.process),
            undo: Undo::Resume {
                process: self.process.clone(),
            },
            lasts: Duration::from_secs(60),
        }
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// How long it took to come true; none if it did not.
pub(crate) fn within(most: Duration, mut so: impl FnMut() -> bool) -> Option<Duration> {
    let began = Instant::now();
    while began.elapsed() < most {
        if so() {
            return Some(began.elapsed());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    None
}

pub(crate) fn folder() -> (tempfile::TempDir, Folder) {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(&dir.path().join("leases")).unwrap();
    (dir, folder)
}

/// Writes a record and injects nothing.
pub(crate) fn record(folder: &Folder, terms: Terms) -> lease::Lease {
    folder
        .hold(terms, &Clock::system(), |_| Ok::<(), lease::Error>(()))
        .unwrap()
        .lease
}
