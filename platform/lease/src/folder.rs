//! The folder of records: one writes, several may undo. Whoever undoes holds the record's lock, which ends with its
//! process, so that nobody undoes the same fault at the same time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::entry::Entry;
use crate::error::Error;
use crate::record::{LARGEST, Record};

/// Most records: more faults at once than any drill has, and few enough to be read in one look.
const MOST: usize = 1_000;

/// A folder of undo records. Records hold environments of programs, so it is its owner's alone.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

/// A record whose undoing is in our hands.
#[derive(Debug)]
pub(crate) struct Claim {
    path: PathBuf,
    folder: PathBuf,
    /// Holds the lock.
    _lock: File,
}

impl Folder {
    /// Opens it, and makes it if it is not there.
    ///
    /// # Errors
    /// What the file system refused.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let wrong = || Error::io(path);
        if !path.is_dir() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .map_err(wrong())?;
        }
        // Whoever undoes may have another working directory.
        let path = path.canonicalize().map_err(wrong())?;
        if let Some(above) = path.parent() {
            sync(above).map_err(Error::io(above))?;
        }
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// All that has to do with faults, oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        let mut found = Vec::new();
        for path in self.files()? {
            found.extend(Entry::read(&path).map_err(Error::io(&path))?);
        }
        Ok(found)
    }

    fn files(&self) -> Result<Vec<PathBuf>, Error> {
        let listed = || -> io::Result<Vec<PathBuf>> {
            fs::read_dir(&self.0)?
                .map(|file| Ok(file?.path()))
                .collect::<io::Result<_>>()
        };
        let mut paths = listed().map_err(Error::io(&self.0))?;
        // Ids grow with time.
        paths.sort();
        Ok(paths)
    }

    /// The file of a lease, with another ending.
    pub(crate) fn file(&self, id: &str, ending: &str) -> PathBuf {
        self.0.join(format!("{id}.{ending}"))
    }

    /// Writes a record: when this returns, it outlives a power failure.
    pub(crate) fn write(&self, record: &Record) -> Result<(), Error> {
        let text = record
            .encode()
            .map_err(|error| Error::Nonsense(error.to_string()))?;
        if text.len() > LARGEST {
            return Err(Error::TooLarge(text.len()));
        }
        let held = self
            .files()?
            .iter()
            .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
            .count();
        if held >= MOST {
            return Err(Error::Full(held));
        }
        let (new, whole) = (self.file(&record.id, "new"), self.file(&record.id, "json"));
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&new)?;
            file.try_lock()?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&new, &whole)?;
            sync(&self.0)
        };
        write().map_err(Error::io(whole))
    }

    /// Takes the undoing of a lease in hand: none if it is undone already.
    ///
    /// # Errors
    /// [`Error::Busy`] while somebody else has it in hand.
    pub(crate) fn claim(&self, id: &str) -> Result<Option<Claim>, Error> {
        let path = self.file(id, "json");
        let lock = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(path)(error)),
        };
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Busy(id.to_owned())),
            Err(TryLockError::Error(error)) => return Err(Error::io(path)(error)),
        }
        // Whoever had the lock before may have removed it.
        if lock.metadata().map_err(Error::io(&path))?.nlink() == 0 {
            return Ok(None);
        }
        Ok(Some(Claim {
            path,
            folder: self.0.clone(),
            _lock: lock,
        }))
    }

    /// Removes what a tool died writing.
    pub(crate) fn sweep(&self, file: &str) -> Result<(), Error> {
        let path = self.0.join(file);
        gone(fs::remove_file(&path)).map_err(Error::io(path))
    }
}

impl Claim {
    /// The record as it is under the lock.
    pub(crate) fn record(&self) -> Result<Record, Error> {
        match Entry::read(&self.path).map_err(Error::io(&self.path))? {
            Some(Entry::Record(record)) => Ok(*record),
            Some(Entry::Garbled { file, why }) => Err(Error::Nonsense(format!("{file}: {why}"))),
            _ => Err(Error::Nonsense(format!("{} went", self.path.display()))),
        }
    }

    /// Removes the record of what is undone.
    pub(crate) fn remove(self) -> Result<(), Error> {
        let remove = || -> io::Result<()> {
            gone(fs::remove_file(self.path.with_extension("why")))?;
            gone(fs::remove_file(&self.path))?;
            sync(&self.folder)
        };
        remove().map_err(Error::io(&self.path))
    }

    /// Leaves a note beside the record that says why it is still there. Not worth a failure of its own.
    pub(crate) fn note(&self, why: &str) {
        drop(fs::write(self.path.with_extension("why"), why));
    }
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
