//! `backstop-load` as a process, and the journal that it writes.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use base::clock::Clock;
use laws::closed::Scope;
use laws::journal::record::PHASE;
use laws::journal::{Journal, Mark, append_mark};

use crate::binaries::shipped;
use crate::people::Person;
use crate::place::Place;
use crate::process::Process;
use crate::service::Service;
use crate::standin::{SEED, Standin};

/// Longest wait for so many outcomes; a debug build does some hundreds a second.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running load.
pub(crate) struct Load {
    process: Process,
    journal: PathBuf,
    clock: Clock,
}

impl Load {
    /// So many users, until it is stopped.
    pub(crate) async fn start(place: &Place, service: &Service, standin: &Standin, users: u32) -> Self {
        let journal = place.path("journal.jsonl");
        let bearers = place.path("load.json");
        std::fs::write(&bearers, bearers_of(place, &service.base).await).unwrap();
        let mut command = Command::new(shipped("backstop-load"));
        command
            .args([
                "run",
                "--url",
                &service.base,
                "--standin",
                &standin.base,
                "--seed",
                SEED,
            ])
            .args(["--users", &users.to_string(), "--think", "5"])
            .arg("--token-file")
            .arg(&bearers)
            .arg("--journal")
            .arg(&journal);
        let process = Process::start(&mut command, &place.path("load.log"));
        let load = Self {
            process,
            journal,
            clock: Clock::system(),
        };
        load.mark(&format!("{PHASE}load"), None);
        load
    }

    /// Waits until the journal satisfies a condition.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&Journal) -> bool) {
        let begun = Instant::now();
        while !Journal::read(&self.journal).is_ok_and(|journal| holds(&journal)) {
            assert!(
                begun.elapsed() < PATIENCE,
                "not {what} in {PATIENCE:?}:\n{}",
                self.process.said()
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Puts a mark into the journal; with an epoch, of a closing of everything.
    pub(crate) fn mark(&self, mark: &str, epoch: Option<i64>) -> i64 {
        self.put(mark, epoch, epoch.map(|_| Scope::everything()))
    }

    /// Puts a mark of a closing into the journal.
    pub(crate) fn mark_of(&self, mark: &str, epoch: i64, scope: &Scope) -> i64 {
        self.put(mark, Some(epoch), Some(scope.clone()))
    }

    fn put(&self, mark: &str, epoch: Option<i64>, scope: Option<Scope>) -> i64 {
        let at = self.clock.now_micros();
        let mark = Mark {
            mark: mark.to_owned(),
            at,
            epoch,
            scope,
        };
        append_mark(&self.journal, &mark).unwrap();
        at
    }

    /// Ends the load in order and answers the whole journal.
    #[track_caller]
    pub(crate) fn stop(mut self) -> Journal {
        let status = self.process.terminate();
        assert!(
            status.success(),
            "the load ended with {status}:\n{}",
            self.process.said()
        );
        Journal::read(&self.journal).unwrap()
    }
}

/// The channel's token, and the sessions of two officers who were not there before.
async fn bearers_of(place: &Place, base: &str) -> String {
    let channel = place.token("channel");
    let service = place.client(base, "channel");
    let one = Person::enrol(place, "officer1", "officer");
    let other = Person::enrol(place, "officer2", "officer");
    let (one, other) = (one.session(&service, 0).await, other.session(&service, 0).await);
    serde_json::json!({ "channel": channel, "officer1": one, "officer2": other }).to_string()
}

/// Writes that a client saw succeed.
pub(crate) fn acknowledged(journal: &Journal) -> usize {
    journal
        .records
        .iter()
        .filter(|record| record.is_acked_write())
        .count()
}
