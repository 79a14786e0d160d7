//! The file that grows.
//!
//! A line counts once it is synced and ends in a newline; a last line that a power cut tore is cut off at opening.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::Serialize;

use crate::fact::{Fact, Head, VERSION};
use crate::reader::{JournalError, LONGEST, Reader};

/// An open journal. Every call blocks for the disk.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Held while lines are written: the file's own lock is between processes.
    writing: Mutex<()>,
}

impl Journal {
    /// Opens or makes the journal of a database, and shows every fact that it holds, the oldest first.
    ///
    /// # Errors
    /// [`JournalError`]: a journal that can't be believed is none.
    pub fn open(path: &Path, database: &str, mut each: impl FnMut(Fact)) -> Result<Self, JournalError> {
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .append(true)
            .create(true)
            .mode(0o640)
            .open(path);
        let file = file.map_err(|error| at(path, error))?;
        let journal = Self {
            path: path.to_owned(),
            file,
            writing: Mutex::default(),
        };
        // Nobody else adds a line while the torn one is cut off.
        journal.locked(|| journal.take_over(database, &mut each))?;
        Ok(journal)
    }

    fn take_over(&self, database: &str, each: &mut impl FnMut(Fact)) -> Result<(), JournalError> {
        let file = File::open(&self.path).map_err(|error| at(&self.path, error))?;
        let mut reader = Reader::of(&self.path, file, database)?;
        if reader.has_begun() {
            while let Some(fact) = reader.next_fact()? {
                each(fact);
            }
        }
        let whole = reader.bytes;
        let kept = || {
            if whole == 0 {
                self.begin(database)?;
            } else {
                self.file.set_len(whole)?;
            }
            // The name of a new file must last, too.
            let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
        };
        kept().map_err(|error| at(&self.path, error))
    }

    /// Writes the head into a file that holds nothing, or a torn head: whatever else is somebody's.
    fn begin(&self, database: &str) -> io::Result<()> {
        let head = line(&Head {
            journal: VERSION,
            database: database.to_owned(),
        })?;
        let mut there = Vec::new();
        File::open(&self.path)?.take(LONGEST).read_to_end(&mut there)?;
        if !head.starts_with(&there) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it is another kind of file",
            ));
        }
        self.file.set_len(0)?;
        self.write(&head)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds facts, and returns once they are on disk.
    ///
    /// # Errors
    /// What the file system refused; then none of them counts.
    pub fn append(&self, facts: &[Fact]) -> Result<(), JournalError> {
        // On a share that hangs, one thread waits and no more.
        let Ok(_writing) = self.writing.try_lock() else {
            let error = io::Error::new(io::ErrorKind::WouldBlock, "the write before has not ended");
            return Err(at(&self.path, error));
        };
        let lines: Result<Vec<_>, _> = facts.iter().map(line).collect();
        let lines = lines.map_err(|error| at(&self.path, error))?.concat();
        self.locked(|| self.write(&lines).map_err(|error| at(&self.path, error)))
    }

    /// One process at a time: what another one adds is never between a line and its end.
    fn locked<T>(&self, act: impl FnOnce() -> Result<T, JournalError>) -> Result<T, JournalError> {
        self.file.lock().map_err(|error| at(&self.path, error))?;
        let done = act();
        self.file.unlock().map_err(|error| at(&self.path, error))?;
        done
    }

    fn write(&self, lines: &[u8]) -> io::Result<()> {
        let before = self.file.metadata()?.len();
        let written = (&self.file).write_all(lines).and_then(|()| self.file.sync_data());
        if written.is_err() {
            // What is not known to be on disk is written anew, as other pages: a sync that failed tells so once only.
            if let Err(error) = self.file.set_len(before) {
                tracing::error!(%error, "a torn line ends the recovery journal");
            }
        }
        written
    }
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

fn at(path: &Path, error: io::Error) -> JournalError {
    JournalError::Io {
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn closed(epoch: i64) -> Fact {
        Fact::parse(&format!(
            r#"{{"epoch":{epoch},"scope":"everything","state":"closed","at":5}}"#
        ))
        .unwrap()
    }

    fn read(path: &Path, database: &str) -> Result<Vec<Fact>, JournalError> {
        let mut facts = Vec::new();
        Journal::open(path, database, |fact| facts.push(fact)).map(|_| facts)
    }

    #[test]
    fn what_was_added_is_read_again_and_a_torn_line_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("recovery.jsonl");
        let journal = Journal::open(&path, "a", |_| panic!("it is new")).unwrap();
        journal.append(&[closed(2), closed(3)]).unwrap();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, [&whole[..], b"{\"epoch\":4,\"sc"].concat()).unwrap();
        assert_eq!(read(&path, "a").unwrap(), [closed(2), closed(3)]);
        assert_eq!(fs::read(&path).unwrap(), whole);
    }

    #[test]
    fn another_databases_journal_and_a_damaged_line_are_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("recovery.jsonl");
        let journal = Journal::open(&path, "a", |_| ()).unwrap();
        journal.append(&[closed(2), closed(3)]).unwrap();
        assert!(matches!(read(&path, "b"), Err(JournalError::Foreign { .. })));
        let good = fs::read_to_string(&path).unwrap();
        let damaged = good.replace("\"epoch\":2", "\"epoch\":\"two\"");
        fs::write(&path, &damaged).unwrap();
        let error = read(&path, "a").unwrap_err().to_string();
        assert!(
            error.contains("recovery.jsonl") && error.contains("line 2"),
            "{error}"
        );
        // It is not cut off: what is damaged is a person's to look at.
        assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
        fs::write(&path, format!("{good}{}\n", "x".repeat(600))).unwrap();
        let error = read(&path, "a").unwrap_err().to_string();
        assert!(error.contains("line 4: too long"), "{error}");
    }

    #[test]
    fn a_journal_with_nothing_in_it_is_not_compared_with() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("recovery.jsonl");
        assert!(matches!(Reader::open(&path, "a"), Err(JournalError::Io { .. })));
        fs::write(&path, "a letter").unwrap();
        assert!(matches!(read(&path, "a"), Err(JournalError::Io { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "a letter");
        fs::write(&path, "").unwrap();
        assert!(matches!(Reader::open(&path, "a"), Err(JournalError::Line { .. })));
    }
}
