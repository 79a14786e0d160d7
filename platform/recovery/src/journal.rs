//! The file that grows.
//!
//! A line counts once it is synced and ends in a newline; a last line that a power cut tore is cut off at opening.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::fact::{Fact, head};
use crate::reader::{JournalError, LONGEST, Reader};

/// What is expected at a journal's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// The journal that was begun there. Nothing there is a share that is gone, or somebody's mistake: a journal that
    /// begins anew by itself would know nothing of what the old one kept.
    Continue,
    /// Nothing.
    Begin,
}

/// An open journal. Every call blocks for the disk.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Held while lines are written: the file's own lock is between processes.
    writing: Mutex<()>,
    syncs: AtomicU64,
}

impl Journal {
    /// Opens or begins the journal of a database, and shows every fact that it holds, the oldest first.
    ///
    /// # Errors
    /// [`JournalError`]: a journal that can't be believed is none, and neither is one that is not what was expected.
    pub fn open(
        path: &Path,
        database: &str,
        opening: Opening,
        mut each: impl FnMut(Fact),
    ) -> Result<Self, JournalError> {
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .append(true)
            .create(opening == Opening::Begin)
            .mode(0o640)
            .open(path);
        let file = file.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if opening == Opening::Continue => JournalError::Missing {
                path: path.to_owned(),
            },
            _ => at(path, error),
        })?;
        let journal = Self {
            path: path.to_owned(),
            file,
            writing: Mutex::default(),
            syncs: AtomicU64::new(0),
        };
        // Nobody else adds a line while the torn one is cut off.
        journal.locked(|| journal.take_over(database, opening, &mut each))?;
        Ok(journal)
    }

    fn take_over(
        &self,
        database: &str,
        opening: Opening,
        each: &mut impl FnMut(Fact),
    ) -> Result<(), JournalError> {
        let file = File::open(&self.path).map_err(|error| at(&self.path, error))?;
        let mut reader = Reader::of(&self.path, file, database)?;
        let path = || self.path.clone();
        match (opening, reader.has_begun()) {
            (Opening::Begin, true) => return Err(JournalError::Exists { path: path() }),
            (Opening::Continue, false) => return Err(JournalError::Empty { path: path() }),
            (Opening::Begin, false) | (Opening::Continue, true) => {}
        }
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
        let head = head(database).into_bytes();
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
    pub fn append(&self, facts: &[&Fact]) -> Result<(), JournalError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Result<Vec<_>, _> = facts.iter().map(line).collect();
        let lines = lines.map_err(|error| at(&self.path, error))?.concat();
        let write = || self.is_here().and_then(|()| self.write(&lines));
        self.locked(|| write().map_err(|error| at(&self.path, error)))
    }

    /// Whether the file still has its name: who reads the journal later would not find what is written into one that
    /// was deleted, replaced, or covered by another mount.
    fn is_here(&self) -> io::Result<()> {
        let (mine, there) = (self.file.metadata()?, fs::metadata(&self.path)?);
        if (mine.dev(), mine.ino()) == (there.dev(), there.ino()) {
            return Ok(());
        }
        Err(io::Error::other(
            "another file took its place: put the journal back, and start this instance again",
        ))
    }

    /// How often lines were synced.
    #[cfg(test)]
    pub(crate) fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
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
        self.syncs.fetch_add(1, Ordering::Relaxed);
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

    fn closed(epoch: i64) -> Fact {
        Fact::parse(&format!(
            r#"{{"epoch":{epoch},"scope":"everything","state":"closed","at":5}}"#
        ))
        .unwrap()
    }

    /// A journal of database `a` with two closings.
    fn two(dir: &tempfile::TempDir) -> PathBuf {
        let path = dir.path().join("recovery.jsonl");
        let journal = Journal::open(&path, "a", Opening::Begin, |_| panic!("it is new")).unwrap();
        journal.append(&[&closed(2), &closed(3)]).unwrap();
        path
    }

    fn read(path: &Path, database: &str) -> Result<Vec<Fact>, JournalError> {
        let mut facts = Vec::new();
        Journal::open(path, database, Opening::Continue, |fact| facts.push(fact)).map(|_| facts)
    }

    fn error(path: &Path, database: &str) -> String {
        read(path, database).unwrap_err().to_string()
    }

    #[test]
    fn what_was_added_is_read_again_and_a_torn_line_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = two(&dir);
        let whole = fs::read(&path).unwrap();
        // Killed at any byte of a write, or a power cut that left zeros where nothing was written yet.
        let line = line(&closed(4)).unwrap();
        let torn = (0..line.len()).map(|bytes| line[..bytes].to_vec());
        for tail in torn.chain([vec![0; 100], vec![0; 100_000]]) {
            fs::write(&path, [&whole[..], &tail].concat()).unwrap();
            assert_eq!(read(&path, "a").unwrap(), [closed(2), closed(3)]);
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
    }

    #[test]
    fn another_databases_journal_and_a_damaged_line_are_refused_by_name_with_the_mend() {
        let dir = tempfile::tempdir().unwrap();
        let path = two(&dir);
        assert!(matches!(read(&path, "b"), Err(JournalError::Foreign { .. })));
        let good = fs::read_to_string(&path).unwrap();
        let damaged = good.replace("\"epoch\":2", "\"epoch\":\"two\"");
        fs::write(&path, &damaged).unwrap();
        let said = error(&path, "a");
        for words in [path.to_str().unwrap(), "line 2", "sed -i 2d", "no fact"] {
            assert!(said.contains(words), "{words}: {said}");
        }
        // It is not cut off: what is damaged is a person's to look at.
        assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
        // As it says.
        let copy = dir.path().join("copy.jsonl");
        let mended: Vec<&str> = damaged.lines().filter(|line| !line.contains("two")).collect();
        fs::write(&copy, mended.join("\n") + "\n").unwrap();
        assert_eq!(read(&copy, "a").unwrap(), [closed(3)]);

        fs::write(&path, format!("{good}{}\n", "x".repeat(600))).unwrap();
        assert!(error(&path, "a").contains("line 4: it is too long"));
        let zeros = format!("{good}{}x\n", "\0".repeat(600));
        fs::write(&path, zeros).unwrap();
        assert!(error(&path, "a").contains("line 4: it is too long"));
        fs::write(&path, good.replacen("journal", "diary", 1)).unwrap();
        let said = error(&path, "a");
        assert!(
            said.contains(r#"its first line must be {"journal":1,"database":"a"}"#),
            "{said}"
        );
    }

    #[test]
    fn a_journal_that_is_not_there_is_begun_by_nobody_who_does_not_say_so() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("share").join("recovery.jsonl");
        // The share is gone, and so is its folder; or it is another, empty one; or a head was torn.
        assert!(matches!(read(&path, "a"), Err(JournalError::Missing { .. })));
        fs::create_dir(dir.path().join("share")).unwrap();
        assert!(error(&path, "a").contains("--begin-recovery-journal"));
        assert!(!path.exists());
        for there in ["", "{\"journal\":1,\"data"] {
            fs::write(&path, there).unwrap();
            assert!(matches!(read(&path, "a"), Err(JournalError::Empty { .. })));
            assert_eq!(fs::read_to_string(&path).unwrap(), there);
        }
        let begin = |path: &Path| Journal::open(path, "a", Opening::Begin, |_| panic!("it is new"));
        drop(begin(&path).unwrap());
        assert_eq!(read(&path, "a").unwrap(), []);
        // Whoever leaves the word in the start's command does not begin a second one.
        assert!(matches!(begin(&path), Err(JournalError::Exists { .. })));
        fs::write(&path, "a letter").unwrap();
        assert!(matches!(begin(&path), Err(JournalError::Io { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "a letter");
    }

    #[test]
    fn nothing_is_written_into_a_file_that_lost_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = two(&dir);
        let journal = Journal::open(&path, "a", Opening::Continue, |_| ()).unwrap();
        let aside = dir.path().join("aside");
        fs::rename(&path, &aside).unwrap();
        assert!(journal.append(&[&closed(4)]).is_err(), "it is gone");
        fs::write(&path, "").unwrap();
        let error = journal.append(&[&closed(4)]).unwrap_err().to_string();
        assert!(error.contains("took its place"), "{error}");
        fs::rename(&aside, &path).unwrap();
        journal.append(&[&closed(4)]).unwrap();
        assert_eq!(read(&path, "a").unwrap().len(), 3);
    }

    #[test]
    fn a_journal_with_nothing_in_it_is_not_compared_with() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("recovery.jsonl");
        assert!(matches!(
            Reader::open(&path, "a"),
            Err(JournalError::Missing { .. })
        ));
        fs::write(&path, "").unwrap();
        assert!(matches!(
            Reader::open(&path, "a"),
            Err(JournalError::Empty { .. })
        ));
    }
}
