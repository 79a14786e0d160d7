//! What the one who is paged kept: a line of JSON for each page, in the order of their coming.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Longest line in bytes: an alert's name, a key and a time are some 200.
const MAX_LINE: u64 = 4096;

/// Most pages that are read. A rehearsal brings some ten; a flood is a finding of its own.
const MAX_PAGES: usize = 10_000;

/// A page that reached somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// When it came, by the clock of who got it; microseconds since the Unix epoch.
    pub at: i64,
    /// The name of the alert.
    pub alert: String,
    /// Whether it says that the alert is over.
    pub resolved: bool,
    /// Under which a repetition is known as one.
    pub key: String,
}

/// Why pages can't be read.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// The file can't be read.
    #[error("{}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line is no page.
    #[error("line {line} is no page")]
    Format {
        /// From 1.
        line: usize,
        /// Where and why.
        source: serde_json::Error,
    },
    /// Too long a line, or too many.
    #[error("line {line}: more than {MAX_LINE} bytes, or more than {MAX_PAGES} pages")]
    TooMuch {
        /// From 1.
        line: usize,
    },
}

/// Reads all of them. A last line without an end was cut off by a kill and is no page.
///
/// # Errors
/// See [`PagesError`].
pub fn read(path: &Path) -> Result<Vec<Page>, PagesError> {
    let io = |source| PagesError::Io {
        path: path.to_owned(),
        source,
    };
    let mut input = BufReader::new(File::open(path).map_err(io)?);
    let (mut pages, mut text) = (Vec::new(), Vec::new());
    for line in 1.. {
        text.clear();
        let taken = (&mut input)
            .take(MAX_LINE + 1)
            .read_until(b'\n', &mut text)
            .map_err(io)?;
        if taken == 0 {
            break;
        }
        match text.pop_if(|last| *last == b'\n') {
            None if text.len() as u64 <= MAX_LINE => break,
            None => return Err(PagesError::TooMuch { line }),
            Some(_) if line > MAX_PAGES => return Err(PagesError::TooMuch { line }),
            Some(_) => {
                let page = serde_json::from_slice(&text);
                pages.push(page.map_err(|source| PagesError::Format { line, source })?);
            }
        }
    }
    Ok(pages)
}
