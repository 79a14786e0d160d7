//! What is wrong with a file, and where.

use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as it was named by the caller.
    pub file: String,
    /// From 1; 0 if the whole file is meant.
    pub line: u32,
    /// In characters, from 1; 0 if the whole file is meant.
    pub column: u32,
    /// What is wrong, and how to mend it.
    pub reason: String,
}

/// As compilers write it, so that editors jump there: `file:line:column: reason`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.reason),
            line => write!(f, "{}:{line}:{}: {}", self.file, self.column, self.reason),
        }
    }
}

/// All that is wrong, in the order of files and positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Sorted by file and position, without repetitions.
    #[must_use]
    pub fn new(mut all: Vec<Problem>) -> Self {
        all.sort();
        all.dedup();
        Self(all)
    }
}

/// One a line.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            let before = if at == 0 { "" } else { "\n" };
            write!(f, "{before}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
