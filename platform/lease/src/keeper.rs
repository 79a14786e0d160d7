//! Holds the leases of a folder from a process that does not inject: looks every 200 ms, and undoes what is over. What
//! fails is tried again, less and less often, and stays on record.

use std::collections::HashMap;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use base::clock::Clock;
use base::shutdown::Shutdown;
use tokio::time::{MissedTickBehavior, interval};

use crate::beat::{self, Beat};
use crate::entry::Entry;
use crate::error::Error;
use crate::folder::Folder;
use crate::record::Record;
use crate::recover::over;
use crate::undo::Done;

/// Ten looks fit into the 2 s within which a fault has to end.
const EVERY: Duration = Duration::from_millis(200);
/// At first a failed undo is tried at each look, in the end so often.
const SELDOM: Duration = Duration::from_secs(5);
/// So many undos run at once. Each is bounded in time, so the rest gets its turn.
const AT_ONCE: usize = 64;

/// Looks after one folder.
#[derive(Debug)]
pub struct Keeper {
    folder: Folder,
    clock: Clock,
    every: Duration,
}

/// What a keeper remembers of a lease.
#[derive(Debug)]
struct Seen {
    /// When it was first seen, on a clock that nobody sets back.
    at: Instant,
    undoing: bool,
    failures: u32,
    again: Instant,
}

/// How an undo ended.
type Ended = (String, Result<Done, Error>);

struct Memory {
    seen: HashMap<String, Seen>,
    /// Files that were told of already.
    told: HashMap<String, String>,
    /// What went wrong with the folder last.
    complained: String,
    undoing: usize,
    sender: Sender<Ended>,
    ended: Receiver<Ended>,
}

impl Folder {
    /// Whether a keeper lives and looks at this folder. Who injects without one has nobody to undo it.
    #[must_use]
    pub fn is_kept(&self, clock: &Clock) -> bool {
        beat::is_kept(self.path(), clock)
    }
}

impl Keeper {
    /// Of a folder, looking every 200 ms.
    #[must_use]
    pub fn new(folder: Folder, clock: Clock) -> Self {
        Self {
            folder,
            clock,
            every: EVERY,
        }
    }

    /// One that looks at another pace, for tests.
    #[must_use]
    pub fn looking_every(self, every: Duration) -> Self {
        Self { every, ..self }
    }

    /// Looks until it is shut down or, if `until_empty` says so, the folder has had no record for so long. While
    /// another keeper has the folder it waits, and takes over when that one ends.
    ///
    /// What fails is told in the log and tried again: nothing ends a keeper but its shutdown.
    pub async fn run(&self, until_empty: Option<Duration>, shutdown: &Shutdown) {
        let (sender, ended) = channel();
        let mut memory = Memory {
            seen: HashMap::new(),
            told: HashMap::new(),
            complained: String::new(),
            undoing: 0,
            sender,
            ended,
        };
        let mut beat = None;
        let mut empty_since = Instant::now();
        let mut looks = interval(self.every);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = looks.tick() => {}
            }
            match self.beats(&mut beat) {
                Ok(true) => {}
                Ok(false) if until_empty.is_some() => return,
                Ok(false) => continue,
                // On a full disk it must undo all the same; records have locks of their own.
                Err(error) => memory.complain(&Error::io(self.folder.path())(error)),
            }
            match self.look(&mut memory) {
                Ok(0) => {}
                Ok(_) => empty_since = Instant::now(),
                Err(error) => {
                    memory.complain(&error);
                    // A folder that was removed holds no record; one that cannot be read may.
                    if self.folder.path().exists() {
                        empty_since = Instant::now();
                    }
                }
            }
            if until_empty.is_some_and(|idle| empty_since.elapsed() >= idle) {
                return;
            }
        }
    }

    /// Says that it looks; false while another one does.
    fn beats(&self, beat: &mut Option<Beat>) -> io::Result<bool> {
        if beat.is_none() {
            *beat = Beat::begin(self.folder.path())?;
            if beat.is_some() {
                tracing::info!(folder = %self.folder.path().display(), "holds leases");
            }
        }
        match beat {
            Some(beat) => beat.looked(&self.clock).map(|()| true),
            None => Ok(false),
        }
    }

    /// One look: reads some small files, and starts a thread for each undo. Gives how many records there are.
    fn look(&self, memory: &mut Memory) -> Result<usize, Error> {
        memory.collect();
        let mut records = 0;
        let mut there = Vec::new();
        for entry in self.folder.entries()? {
            match entry {
                Entry::Garbled { file, why } => memory.tell(file, why),
                Entry::Unfinished { file } => {
                    tracing::warn!(file, "a tool died before it injected anything");
                    self.folder.sweep(&file)?;
                }
                Entry::Record(record) => {
                    records += 1;
                    there.push(record.id.clone());
                    self.attend(&record, memory);
                }
            }
        }
        memory.seen.retain(|id, seen| seen.undoing || there.contains(id));
        Ok(records)
    }

    fn attend(&self, record: &Record, memory: &mut Memory) {
        let now = Instant::now();
        let seen = memory.seen.entry(record.id.clone()).or_insert(Seen {
            at: now,
            undoing: false,
            failures: 0,
            again: now,
        });
        // If the wall clock is set back, the fault ends on time all the same.
        let lasted = now.duration_since(seen.at) >= record.lasts();
        let why = over(record, &self.clock).or(lasted.then_some("it has lasted its time"));
        let Some(why) = why.filter(|_| !seen.undoing && now >= seen.again && memory.undoing < AT_ONCE) else {
            return;
        };
        seen.undoing = true;
        memory.undoing += 1;
        if seen.failures == 0 {
            tracing::info!(lease = record.id, fault = record.fault, why, "undoing a fault");
        }
        let (folder, id, sender) = (self.folder.clone(), record.id.clone(), memory.sender.clone());
        std::thread::spawn(move || {
            let ended = folder.undo(&id);
            // The keeper ends before its undos only when the process does.
            drop(sender.send((id, ended)));
        });
    }
}

impl Memory {
    fn collect(&mut self) {
        while let Ok((id, ended)) = self.ended.try_recv() {
            self.undoing = self.undoing.saturating_sub(1);
            let Some(seen) = self.seen.get_mut(&id) else {
                continue;
            };
            seen.undoing = false;
            match ended {
                Ok(_) => tracing::info!(lease = id, "a fault is undone"),
                Err(Error::Busy(_)) => {}
                Err(error) => {
                    seen.failures += 1;
                    let pause = EVERY.saturating_mul(1 << seen.failures.min(10)).min(SELDOM);
                    seen.again = Instant::now() + pause;
                    if seen.failures.is_power_of_two() {
                        tracing::error!(lease = id, failures = seen.failures, %error, "a fault is not undone");
                    }
                }
            }
        }
    }

    /// Once, not five times a second.
    fn complain(&mut self, error: &Error) {
        let text = error.to_string();
        if self.complained != text {
            tracing::error!(%error, "the folder of leases cannot be used");
            self.complained = text;
        }
    }

    fn tell(&mut self, file: String, why: String) {
        if self.told.get(&file) != Some(&why) {
            tracing::error!(file, why, "an undo record cannot be read: a person has to look");
            self.told.insert(file, why);
        }
    }
}
