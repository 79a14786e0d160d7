//! What steps did, kept in the exit's folder until the record has it: a saga's journal masks digests and times.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::Value;

use crate::out;

/// What is noted so far, by name.
///
/// # Errors
/// What the file system refuses, or a file that is none of ours.
pub(crate) fn read(folder: &Path) -> io::Result<BTreeMap<String, Value>> {
    match std::fs::read(folder.join(out::STEPS)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}

/// Notes what a step did; once more, it is replaced.
///
/// # Errors
/// What the file system refuses.
pub(crate) fn note(folder: &Path, name: &str, what: &Value) -> io::Result<()> {
    let mut all = read(folder)?;
    all.insert(name.to_owned(), what.clone());
    out::keep(folder, out::STEPS, &serde_json::to_vec_pretty(&all)?).map(drop)
}
