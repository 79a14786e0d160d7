//! A file that remembers destroyed keys, so that restoring an older key store
//! does not bring them back.
//!
//! It lies with the KEK files and is in no backup of the store. Lines of
//! `seq subject category` under a first line that names the store. A last line
//! that a crash cut short is dropped: its instance had not acted on it.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::store::Tombstone;
use crate::{Category, VaultError};

const MAGIC: &str = "backstop-destroyed 1 ";

pub(crate) struct Journal {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    file: File,
    last: i64,
}

impl Journal {
    /// Opens the journal of a store, or makes it.
    pub(crate) fn open(path: PathBuf, store: &str) -> Result<Self, VaultError> {
        let first = format!("{MAGIC}{store}\n");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(VaultError::Journal(error)),
        };
        let make = || -> std::io::Result<File> {
            let mut file = OpenOptions::new()
                .append(true)
                .create(true)
                .mode(0o600)
                .open(&path)?;
            if text.is_empty() {
                file.write_all(first.as_bytes())?;
            } else if !text.ends_with('\n') {
                // The cut line becomes one that does not parse, and nothing is glued to it.
                file.write_all(b"\n")?;
            }
            file.sync_all()?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(std::path::Path::new(".")))?.sync_all()?;
            Ok(file)
        };
        if !text.is_empty() && !text.starts_with(&first) {
            return Err(VaultError::Corrupt(
                "the journal of destroyed keys is another store's",
            ));
        }
        let file = make().map_err(VaultError::Journal)?;
        let last = lines(&text).map(|stone| stone.seq).max().unwrap_or_default();
        Ok(Self {
            path,
            state: Mutex::new(State { file, last }),
        })
    }

    /// Adds what it does not have yet, durably.
    pub(crate) fn add(&self, stones: &[Tombstone]) -> Result<(), VaultError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        let mut last = state.last;
        for stone in stones.iter().filter(|stone| stone.seq > state.last) {
            let (seq, subject) = (stone.seq, stone.subject.simple());
            text.push_str(&format!("{seq} {subject} {}\n", stone.category.as_str()));
            last = last.max(seq);
        }
        if !text.is_empty() {
            let written = state.file.write_all(text.as_bytes());
            written
                .and_then(|()| state.file.sync_data())
                .map_err(VaultError::Journal)?;
            state.last = last;
        }
        Ok(())
    }

    /// The number up to which it has every tombstone.
    pub(crate) fn seq(&self) -> i64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).last
    }

    /// The last one, which tells whether a store has the same history.
    pub(crate) fn last(&self) -> Result<Option<Tombstone>, VaultError> {
        Ok(self.all()?.into_iter().max_by_key(|stone| stone.seq))
    }

    /// All of them.
    pub(crate) fn all(&self) -> Result<Vec<Tombstone>, VaultError> {
        let text = fs::read_to_string(&self.path).map_err(VaultError::Journal)?;
        Ok(lines(&text).collect())
    }
}

fn lines(text: &str) -> impl Iterator<Item = Tombstone> {
    text.lines().skip(1).filter_map(|line| {
        let mut words = line.split(' ');
        let stone = Tombstone {
            seq: words.next()?.parse().ok()?,
            subject: Uuid::try_parse(words.next()?).ok()?,
            category: Category::parse(words.next()?)?,
        };
        words.next().is_none().then_some(stone)
    })
}
