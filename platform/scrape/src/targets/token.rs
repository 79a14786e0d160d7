//! A bearer token, in a file of its own.

use std::fs;
use std::path::Path;

/// A longer token is none, in bytes.
const LONGEST: u64 = 16 << 10;

/// Without the white space around it; `None` if there is none, or it cannot be read.
pub(crate) fn read(path: &Path) -> Option<String> {
    let short = fs::metadata(path).is_ok_and(|file| file.len() <= LONGEST);
    let text = short.then(|| fs::read_to_string(path).ok()).flatten();
    let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    text.map(str::to_owned)
}
