//! Why a query is none, and where.

/// A text that is no query of the declared subset. Its message fits "failed to …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read the query at line {line}, column {column}: {reason}")]
pub struct Rejected {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// What is wrong there, and what would be right.
    pub reason: String,
}

/// The same while the text is being read: the place is a byte of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) reason: String,
}

impl Fault {
    pub(crate) fn new(at: usize, reason: impl Into<String>) -> Self {
        Self {
            at,
            reason: reason.into(),
        }
    }

    pub(crate) fn within(self, text: &str) -> Rejected {
        let before = text.get(..self.at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        // Texts are bounded far below four gigabytes.
        Rejected {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            reason: self.reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_lines_and_characters() {
        let text = "sum(\n  信贷 + )";
        let at = text.find(')').unwrap();
        let rejected = Fault::new(at, "why").within(text);
        assert_eq!((rejected.line, rejected.column), (2, 8));
        assert_eq!(rejected.to_string(), "read the query at line 2, column 8: why");
    }
}
