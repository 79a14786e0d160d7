//! Files of checkpoints: one JSON line each, `{"at":…,"checkpoint":"NOTE"}`.

use std::path::Path;
use std::{fs, io};

use serde::Deserialize;

use super::{Head, Key};

/// A verified checkpoint, and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The log that signed it.
    pub origin: String,
    /// What it says.
    pub head: Head,
    /// The signed note itself.
    pub note: String,
    /// The file and line, or the database.
    pub found: String,
}

/// Why a file of anchors can't be read. The texts fit "failed to read the anchors: …".
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// The file system refuses.
    #[error("{file}")]
    Io {
        /// The file.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// A line is no anchor, or none of the keys signed it.
    #[error("{0} is no checkpoint that one of the given keys signed")]
    Line(String),
}

#[derive(Deserialize)]
struct Line {
    checkpoint: String,
}

/// Reads and verifies a file. A last line without its end is left out: it was
/// torn off while it was written, and its writer told nobody of it.
///
/// # Errors
/// [`AnchorError`]: a file with a line that can't be believed shows nothing.
pub fn read(path: &Path, keys: &[Key]) -> Result<Vec<Anchor>, AnchorError> {
    let file = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|source| AnchorError::Io {
        file: file.clone(),
        source,
    })?;
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    (1..)
        .zip(whole.lines())
        .map(|(number, line)| {
            let found = format!("{file}:{number}");
            let parsed: Option<Line> = serde_json::from_str(line).ok();
            parsed
                .and_then(|line| anchor(&line.checkpoint, keys, &found))
                .ok_or(AnchorError::Line(found))
        })
        .collect()
}

/// A checkpoint that one of the keys signed.
#[must_use]
pub fn anchor(checkpoint: &str, keys: &[Key], found: &str) -> Option<Anchor> {
    keys.iter().find_map(|key| {
        let head = key.open(checkpoint).ok()?;
        Some(Anchor {
            origin: key.name().to_owned(),
            head,
            note: checkpoint.to_owned(),
            found: found.to_owned(),
        })
    })
}
