//! A log as a file: the bodies in order, one a line, so that the leaf of index
//! N is line N + 1.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use super::{Anchor, Checker, Leaf, Verified};

/// Verifies an exported log. Its name is that of its first leaf; of an empty
/// file, nothing is known but that it is empty.
///
/// # Errors
/// What the file system refused.
pub fn verify(path: &Path, anchors: &[Anchor]) -> io::Result<Option<Verified>> {
    let mut checker: Option<Checker> = None;
    read(path, |leaf| {
        let begin = || {
            let origin = leaf.facts().map(|facts| facts.origin.into_owned());
            Checker::new(&origin.unwrap_or_default(), anchors)
        };
        checker.get_or_insert_with(begin).leaf(&leaf);
    })?;
    Ok(checker.map(Checker::finish))
}

/// Reads an exported log, leaf by leaf.
///
/// # Errors
/// What the file system refused.
pub fn read(path: &Path, mut each: impl FnMut(Leaf)) -> io::Result<()> {
    let lines = BufReader::with_capacity(1 << 20, File::open(path)?).lines();
    for (index, line) in (0..).zip(lines) {
        each(Leaf {
            index: Some(index),
            body: line?,
            columns: None,
        });
    }
    Ok(())
}
