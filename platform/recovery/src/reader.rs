//! Reading a journal from its beginning, line by line, each validated.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::fact::{Fact, Head, VERSION, head};

/// The longest line: a move of the longest scope has some 200 bytes.
pub(crate) const LONGEST: u64 = 512;

/// Why a journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refuses.
    #[error("the recovery journal {} is not readable or writable: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There is no file.
    #[error(
        "the recovery journal {} is not there: mount its share or put the file back; an instance that never had \
         one begins it, once, with --begin-recovery-journal",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing in it.
    #[error(
        "the recovery journal {} has nothing in it: mount its share or put the file back; an instance that never \
         had one begins it, once, with --begin-recovery-journal",
        path.display()
    )]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It was to be begun, and was before.
    #[error(
        "the recovery journal {} was begun before: start without --begin-recovery-journal",
        path.display()
    )]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A line is not in the format.
    #[error(
        "the recovery journal {} is damaged: line {line}: {why}. Keep the file as it is; take that line out of a copy \
         (sed -i {line}d COPY) and name the copy: what the line said is lost to it, and the other instances' \
         journals have it",
        path.display()
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from one.
        line: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The first line is not one of a journal.
    #[error(
        "the recovery journal {} is damaged: line 1: {why}. If the file is this database's, its first line must be \
         {head}: mend it in a copy, and name the copy",
        path.display()
    )]
    Head {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
        /// What it should be.
        head: String,
    },
    /// It is about another database.
    #[error(
        "the recovery journal {} is another database's: name the one that was begun for this database, which keeps \
         its identity when it is copied or restored",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
}

/// A journal that is being read.
pub struct Reader {
    path: PathBuf,
    lines: BufReader<File>,
    line: u64,
    /// Bytes of whole lines.
    pub(crate) bytes: u64,
    begun: bool,
}

impl Reader {
    /// Opens a journal of this database, to be read only.
    ///
    /// # Errors
    /// [`JournalError`], also for a file that holds nothing: a share that is not there looks like this.
    pub fn open(path: &Path, database: &str) -> Result<Self, JournalError> {
        let path = path.to_owned();
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(JournalError::Missing { path });
            }
            Err(error) => return Err(JournalError::Io { path, error }),
        };
        let reader = Self::of(&path, file, database)?;
        match reader.begun {
            true => Ok(reader),
            false => Err(JournalError::Empty { path }),
        }
    }

    /// Reads from a file's beginning.
    pub(crate) fn of(path: &Path, file: File, database: &str) -> Result<Self, JournalError> {
        let mut reader = Self {
            path: path.to_owned(),
            lines: BufReader::new(file),
            line: 0,
            bytes: 0,
            begun: false,
        };
        if let Some(first) = reader.line()? {
            let head = |why| JournalError::Head {
                path: path.to_owned(),
                why,
                head: head(database).trim_end().to_owned(),
            };
            let first: Result<Head, _> = serde_json::from_str(&first);
            let first = first.map_err(|_| head("it is no head of a journal"))?;
            if first.journal != VERSION {
                return Err(head("it is of a version that this build does not know"));
            }
            let head = first;
            if head.database != database {
                return Err(JournalError::Foreign { path: reader.path });
            }
            reader.begun = true;
        }
        Ok(reader)
    }

    /// Whether it has its head.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun
    }

    /// The next fact; none at the end, where a torn line may follow.
    ///
    /// # Errors
    /// A line that is no fact, with its number.
    pub fn next_fact(&mut self) -> Result<Option<Fact>, JournalError> {
        let Some(line) = self.line()? else {
            return Ok(None);
        };
        Fact::parse(&line).map(Some).map_err(|why| self.wrong(why))
    }

    /// A whole line without its end.
    fn line(&mut self) -> Result<Option<String>, JournalError> {
        let mut line = Vec::new();
        let read = self.lines.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        let length = read.map_err(|error| JournalError::Io {
            path: self.path.clone(),
            error,
        })?;
        if line.pop() != Some(b'\n') {
            if length as u64 == LONGEST
                && !(line.iter().all(|byte| *byte == 0) && self.only_zeros_follow()?)
            {
                self.line += 1;
                return Err(self.wrong("it is too long"));
            }
            // Nobody was told of what a crash tore.
            return Ok(None);
        }
        self.line += 1;
        self.bytes += length as u64;
        String::from_utf8(line)
            .map(Some)
            .map_err(|_| self.wrong("it is no text"))
    }

    /// Some file systems show zeros where a power cut kept a write from the disk.
    fn only_zeros_follow(&mut self) -> Result<bool, JournalError> {
        loop {
            let some = self.lines.fill_buf().map_err(|error| JournalError::Io {
                path: self.path.clone(),
                error,
            })?;
            if some.is_empty() {
                return Ok(true);
            }
            if some.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            let length = some.len();
            self.lines.consume(length);
        }
    }

    fn wrong(&self, why: &'static str) -> JournalError {
        JournalError::Line {
            path: self.path.clone(),
            line: self.line.max(1),
            why,
        }
    }
}
