//! Checkpoints outside the database: a file that only grows.
//!
//! One JSON line each: `{"at":MICROSECONDS,"checkpoint":"NOTE"}`. A line counts
//! once it is synced and ends in a newline; a last line that a power cut tore is
//! cut off at opening, for nobody was told of it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::checkpoint::{NoteError, Verifier};
use crate::proof::Head;

/// Why an anchor file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// The file system refuses.
    #[error("the anchor file is not readable or writable: {0}")]
    Io(#[from] io::Error),
    /// A line is not in the format.
    #[error("the anchor file has no anchor in line {0}")]
    Malformed(u64),
    /// A line is not signed by the log's key.
    #[error("line {line} of the anchor file: {error}")]
    Signature {
        /// Counted from one.
        line: u64,
        /// Why not.
        error: NoteError,
    },
    /// A line contradicts the one before it.
    #[error("line {0} of the anchor file contradicts the one before it")]
    Contradiction(u64),
}

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// When it was anchored, in microseconds since the Unix epoch.
    at: i64,
    checkpoint: String,
}

/// An open anchor file of one log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AnchorFile {
    path: PathBuf,
    file: Arc<File>,
    verifier: Verifier,
    read: Arc<Mutex<Read>>,
}

/// How far the file was read.
#[derive(Debug, Default)]
struct Read {
    /// Bytes of whole lines.
    bytes: u64,
    lines: u64,
    last: Option<Head>,
}

impl Read {
    /// Reads on to the last whole line.
    fn on(&mut self, file: &File, verifier: &Verifier) -> Result<(), AnchorError> {
        let mut file = file;
        file.seek(SeekFrom::Start(self.bytes))?;
        let mut reader = BufReader::new(file);
        let mut text = String::new();
        loop {
            text.clear();
            let length = reader.read_line(&mut text)?;
            if length == 0 || !text.ends_with('\n') {
                return Ok(());
            }
            self.last = Some(judge(&text, self.lines + 1, verifier, self.last)?);
            self.lines += 1;
            self.bytes += length as u64;
        }
    }
}

impl AnchorFile {
    /// Opens or makes the file and reads what it holds, every line verified.
    ///
    /// # Errors
    /// [`AnchorError`]: a file that can't be believed is no anchor.
    pub fn open(path: &Path, verifier: &Verifier) -> Result<Self, AnchorError> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o644)
            .open(path)?;
        let mut read = Read::default();
        read.on(&file, verifier)?;
        file.set_len(read.bytes)?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
        Ok(Self {
            path: path.to_owned(),
            file: Arc::new(file),
            verifier: verifier.clone(),
            read: Arc::new(Mutex::new(read)),
        })
    }

    /// The last head in the file now, whichever process anchored it. Blocks for a read.
    ///
    /// # Errors
    /// [`AnchorError`]: what was added since the file was last read can't be believed.
    pub fn newest(&self) -> Result<Option<Head>, AnchorError> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.on(&self.file, &self.verifier)?;
        Ok(read.last)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a checkpoint and answers once it is on disk. Blocks for a sync.
    ///
    /// # Errors
    /// What the file system refused; then the checkpoint is not anchored.
    pub fn append(&self, at: i64, checkpoint: &str) -> io::Result<()> {
        let line = Line {
            at,
            checkpoint: checkpoint.to_owned(),
        };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        // One process at a time: what another one adds is never between a line and its end.
        self.file.lock()?;
        let added = self.add(&bytes);
        self.file.unlock()?;
        added
    }

    fn add(&self, line: &[u8]) -> io::Result<()> {
        let before = self.file.metadata()?.len();
        if let Err(error) = (&*self.file).write_all(line) {
            // A full disk took a part of it, to which the next line would be added.
            if let Err(error) = self.take_back(before, line) {
                tracing::error!(%error, "a torn line ends the anchor file");
            }
            return Err(error);
        }
        self.file.sync_data()
    }

    /// Cuts off the beginning of a line that could not be written, if that is what ends the file.
    fn take_back(&self, before: u64, line: &[u8]) -> io::Result<()> {
        let mut tail = vec![0; line.len()];
        let end = self.file.metadata()?.len().saturating_sub(before);
        let Some(tail) = usize::try_from(end).ok().and_then(|end| tail.get_mut(..end)) else {
            return Ok(());
        };
        self.file.read_exact_at(tail, before)?;
        if tail.len() < line.len() && line.starts_with(tail) {
            self.file.set_len(before)?;
        }
        Ok(())
    }
}

fn judge(text: &str, number: u64, verifier: &Verifier, last: Option<Head>) -> Result<Head, AnchorError> {
    let line: Line = serde_json::from_str(text).map_err(|_| AnchorError::Malformed(number))?;
    let head = verifier
        .open(&line.checkpoint)
        .map_err(|error| AnchorError::Signature { line: number, error })?;
    let fits = last.is_none_or(|last| last.size < head.size || last == head);
    fits.then_some(head).ok_or(AnchorError::Contradiction(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FINANCING, Signer};
    use std::fs;

    fn head(size: u64) -> Head {
        Head { size, root: [7; 32] }
    }

    #[test]
    fn what_was_appended_is_read_again_and_a_torn_line_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("anchors.jsonl");
        let signer = Signer::new(FINANCING, &[1; 32]).unwrap();
        let file = AnchorFile::open(&path, signer.verifier()).unwrap();
        assert_eq!(file.newest().unwrap(), None);
        for size in [3, 8] {
            file.append(5, &signer.checkpoint(&head(size))).unwrap();
        }
        let mut torn = fs::read(&path).unwrap();
        torn.extend_from_slice(b"{\"at\":6,\"check");
        fs::write(&path, &torn).unwrap();
        let again = AnchorFile::open(&path, signer.verifier()).unwrap();
        assert_eq!(again.newest().unwrap(), Some(head(8)));
        again.append(7, &signer.checkpoint(&head(9))).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 3);
        let third = AnchorFile::open(&path, signer.verifier()).unwrap();
        assert_eq!(third.newest().unwrap(), Some(head(9)));
        // What another process adds is seen, too, and nothing is read twice.
        again.append(8, &signer.checkpoint(&head(12))).unwrap();
        assert_eq!(third.newest().unwrap(), Some(head(12)));
        assert_eq!(third.newest().unwrap(), Some(head(12)));
    }

    #[test]
    fn a_line_that_a_full_disk_tore_is_taken_back_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("anchors.jsonl");
        let signer = Signer::new(FINANCING, &[1; 32]).unwrap();
        let file = AnchorFile::open(&path, signer.verifier()).unwrap();
        file.append(5, &signer.checkpoint(&head(3))).unwrap();
        let good = fs::read(&path).unwrap();
        let line = b"{\"at\":6,\"checkpoint\":\"\"}\n";
        let before = good.len() as u64;
        let ends_in = |tail: &[u8]| {
            fs::write(&path, [&good, tail].concat()).unwrap();
            file.take_back(before, line).unwrap();
            fs::read(&path).unwrap().len() - good.len()
        };
        assert_eq!(ends_in(&line[..9]), 0);
        assert_eq!(ends_in(b""), 0);
        // Whole lines, and what somebody else began, are not its own to cut.
        assert_eq!(ends_in(line), line.len());
        assert_eq!(ends_in(b"{\"at\":7"), 7);
        assert_eq!(ends_in(&[line.as_slice(), line].concat()), 2 * line.len());
    }

    #[test]
    fn a_file_that_was_changed_or_goes_backwards_is_no_anchor() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("anchors.jsonl");
        let signer = Signer::new(FINANCING, &[1; 32]).unwrap();
        let file = AnchorFile::open(&path, signer.verifier()).unwrap();
        file.append(5, &signer.checkpoint(&head(3))).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        let open = |text: &str| {
            fs::write(&path, text).unwrap();
            AnchorFile::open(&path, signer.verifier())
        };
        let other = Signer::new(FINANCING, &[2; 32]).unwrap();
        assert!(matches!(open("{}\n"), Err(AnchorError::Malformed(1))));
        assert!(matches!(
            open(&good.replace("\\n3\\n", "\\n4\\n")),
            Err(AnchorError::Signature { line: 1, .. })
        ));
        fs::write(&path, &good).unwrap();
        assert!(AnchorFile::open(&path, other.verifier()).is_err());
        let back = AnchorFile::open(&path, signer.verifier()).unwrap();
        back.append(6, &signer.checkpoint(&head(2))).unwrap();
        assert!(matches!(
            AnchorFile::open(&path, signer.verifier()),
            Err(AnchorError::Contradiction(2))
        ));
    }
}
