//! Undoes what is over: faults whose time has passed, and those whose tool is dead.

use std::time::Duration;

use base::clock::Clock;
use serde::Serialize;

use crate::entry::Entry;
use crate::error::Error;
use crate::folder::Folder;
use crate::record::Record;
use crate::undo::Done;

/// So many are undone at a time: one that takes long holds up no other, and a thousand do not take a thousand threads.
const AT_ONCE: usize = 32;
/// A toxic of a proxy that is itself stopped can be removed once the proxy runs again.
const TRIES: u32 = 3;
const BETWEEN: Duration = Duration::from_millis(300);

/// Which faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those whose time has passed or whose tool is dead.
    Over,
    /// Those that a living tool holds as well.
    All,
}

/// One fault, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The lease's id, or the file's name where there is none to read.
    pub id: String,
    /// What was done.
    pub fault: String,
    /// How it is undone.
    pub undo: String,
    /// Why it is in this list.
    pub why: String,
}

/// What was found and done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Undone and verified.
    pub undone: Vec<Told>,
    /// Not undone: the record is still there.
    pub failed: Vec<Told>,
    /// Left to a living tool.
    pub held: Vec<Told>,
    /// Files that should be records: a person has to look.
    pub garbled: Vec<Told>,
    /// Records that their tool died writing, before it had injected anything; removed.
    pub unfinished: Vec<Told>,
}

impl Report {
    /// Whether no fault is left that nobody holds.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.failed.is_empty() && self.garbled.is_empty()
    }
}

impl Told {
    /// A record, and why it is told.
    #[must_use]
    pub fn of(record: &Record, why: impl Into<String>) -> Self {
        Self {
            id: record.id.clone(),
            fault: record.fault.clone(),
            undo: record.undo.to_string(),
            why: why.into(),
        }
    }

    fn file(file: &str, why: &str) -> Self {
        Self {
            id: file.to_owned(),
            fault: String::new(),
            undo: String::new(),
            why: why.to_owned(),
        }
    }
}

/// Why a fault is over, if it is. An owner that cannot be looked at counts as living: the time still ends it.
pub(crate) fn over(record: &Record, clock: &Clock) -> Option<&'static str> {
    if clock.now() >= record.expires_at {
        Some("its time has passed")
    } else if !record.owner.is_alive().unwrap_or(true) {
        Some("its tool is dead")
    } else {
        None
    }
}

/// Undoes what is over, or everything, and tells of each file of the folder.
///
/// # Errors
/// When the folder cannot be read.
pub fn recover(folder: &Folder, clock: &Clock, which: Which) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut due = Vec::new();
    for entry in folder.entries()? {
        match entry {
            Entry::Garbled { file, why } => report.garbled.push(Told::file(&file, &why)),
            Entry::Unfinished { file } => {
                folder.sweep(&file)?;
                report
                    .unfinished
                    .push(Told::file(&file, "nothing was injected under it"));
            }
            Entry::Record(record) => match (over(&record, clock), which) {
                (Some(why), _) => due.push((record, why)),
                (None, Which::All) => due.push((record, "everything was to be undone")),
                (None, Which::Over) => report
                    .held
                    .push(Told::of(&record, format!("until {}", record.expires_at))),
            },
        }
    }
    for group in due.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            let undoing: Vec<_> = group
                .iter()
                .map(|(record, why)| scope.spawn(move || (record, why, patiently(folder, record))))
                .collect();
            for thread in undoing {
                match thread.join() {
                    Ok((record, why, Ok(_))) => report.undone.push(Told::of(record, *why)),
                    Ok((record, _, Err(error))) => report.failed.push(Told::of(record, error.to_string())),
                    Err(_) => report.failed.push(Told::file("", "undoing panicked")),
                }
            }
        });
    }
    Ok(report)
}

fn patiently(folder: &Folder, record: &Record) -> Result<Done, Error> {
    let mut left = TRIES;
    loop {
        left -= 1;
        match folder.undo(&record.id) {
            Err(_) if left > 0 => std::thread::sleep(BETWEEN),
            ended => return ended,
        }
    }
}
