//! What is wrong with a page: where, what, and how to mend it.

use std::fmt;

/// A place in a file; both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// Line and column.
    pub(crate) fn new(line: usize, column: usize) -> Self {
        Self { line, column }
    }

    /// So many characters further in the same line.
    pub(crate) fn right(self, characters: usize) -> Self {
        Self {
            column: self.column + characters,
            ..self
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What.
    pub reason: String,
    /// How to mend it.
    pub mend: String,
}

/// All that is wrong with one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The page's file, as it was named.
    pub file: String,
    /// What is wrong, in the order of the file.
    pub all: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.all.iter().enumerate() {
            let newline = if number == 0 { "" } else { "\n" };
            let Place { line, column } = problem.place;
            let Problem { reason, mend, .. } = problem;
            write!(f, "{newline}{}:{line}:{column}: {reason}: {mend}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Report(pub(crate) Vec<Problem>);

impl Report {
    pub(crate) fn at(&mut self, place: Place, reason: impl Into<String>, mend: impl Into<String>) {
        self.0.push(Problem {
            place,
            reason: reason.into(),
            mend: mend.into(),
        });
    }
}
