//! What was seen of faults: a line of JSON for each thing, in the order of their coming.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Longest file in bytes: a drill has at most 1,000 faults of three lines, each of some 120 bytes.
const LARGEST: u64 = 1024 * 1024;

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// The fault is in force.
    Began,
    /// The tool that injected it was killed.
    ToolKilled,
    /// It is in force no more.
    Ended,
}

/// One thing that was seen of one fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// When, in microseconds since the Unix epoch.
    pub at: i64,
    /// Which fault: a name of its own in this drill.
    pub fault: String,
    /// What.
    pub word: Word,
    /// Where it began: when it is to end of itself, in microseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

/// Why it can't be read.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// The file can't be read.
    #[error("{}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line tells of no fault.
    #[error("line {line} tells of no fault")]
    Format {
        /// From 1.
        line: usize,
        /// Where and why.
        source: serde_json::Error,
    },
    /// It is larger than any drill makes it.
    #[error("more than {LARGEST} bytes")]
    TooMuch,
}

/// Reads all of it; a file that is not there tells of nothing. A last line without an end was cut off by a kill.
///
/// # Errors
/// See [`TellError`].
pub fn read(path: &Path) -> Result<Vec<Told>, TellError> {
    let wrong = |source| TellError::Io {
        path: path.to_owned(),
        source,
    };
    let mut text = String::new();
    match File::open(path) {
        Ok(file) => file.take(LARGEST + 1).read_to_string(&mut text).map_err(wrong)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(wrong(error)),
    };
    if text.len() as u64 > LARGEST {
        return Err(TellError::TooMuch);
    }
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines = whole.lines().enumerate();
    lines
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|source| TellError::Format {
                line: number + 1,
                source,
            })
        })
        .collect()
}

/// Adds a line; it is on disk when this returns.
///
/// # Errors
/// What the system said.
pub fn append(path: &Path, told: &Told) -> io::Result<()> {
    let mut line = serde_json::to_string(told)?;
    line.push('\n');
    let mut file = File::options().append(true).create(true).open(path)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_and_a_torn_end_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("faults.jsonl");
        assert_eq!(read(&path).unwrap(), []);
        let told = Told {
            at: 5,
            fault: "outage".to_owned(),
            word: Word::Began,
            until: Some(9),
        };
        append(&path, &told).unwrap();
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"{\"at\":7")
            .unwrap();
        assert_eq!(read(&path).unwrap(), [told]);
    }

    #[test]
    fn a_line_that_tells_of_nothing_ends_the_reading() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("faults.jsonl");
        std::fs::write(&path, "{\"at\":1,\"fault\":\"f\",\"word\":\"healed\"}\n").unwrap();
        assert!(matches!(read(&path), Err(TellError::Format { line: 1, .. })));
    }
}
