//! Reading a journal from its beginning, line by line, each validated.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::fact::{Fact, Head, VERSION};

/// The longest line: a move of the longest scope has some 200 bytes.
pub(crate) const LONGEST: u64 = 512;

/// Why a journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refuses.
    #[error("the recovery journal {path} is not readable or writable: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A line is not in the format.
    #[error("the recovery journal {path} is damaged: line {line}: {why}")]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from one.
        line: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It is about another database.
    #[error("the recovery journal {path} is another database's")]
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
        let file = File::open(path).map_err(|error| JournalError::Io {
            path: path.to_owned(),
            error,
        })?;
        let reader = Self::of(path, file, database)?;
        if !reader.begun {
            return Err(reader.wrong("there is nothing in it"));
        }
        Ok(reader)
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
            let head: Head =
                serde_json::from_str(&first).map_err(|_| reader.wrong("no head of a journal"))?;
            if head.journal != VERSION {
                return Err(reader.wrong("a version that this build does not know"));
            }
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
            if length as u64 == LONGEST {
                self.line += 1;
                return Err(self.wrong("too long"));
            }
            // Nobody was told of what a crash tore.
            return Ok(None);
        }
        self.line += 1;
        self.bytes += length as u64;
        String::from_utf8(line)
            .map(Some)
            .map_err(|_| self.wrong("no text"))
    }

    fn wrong(&self, why: &'static str) -> JournalError {
        JournalError::Line {
            path: self.path.clone(),
            line: self.line.max(1),
            why,
        }
    }
}
