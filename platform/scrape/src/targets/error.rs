//! What is wrong with a configuration.

use std::path::PathBuf;

/// Names the file or table, the field, and what belongs there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A field of a table.
    #[error("{field}: {wanted}")]
    Field {
        /// Such as `scrape[1].targets[0]`, from 0.
        field: String,
        /// What belongs there.
        wanted: String,
    },
    /// A file of targets that cannot be read.
    #[error("{path}: the file of targets cannot be read")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of targets that holds something else.
    #[error("{path}: {field}: {wanted}")]
    File {
        /// Which.
        path: PathBuf,
        /// Such as `[0].targets[2]`.
        field: String,
        /// What belongs there.
        wanted: String,
    },
}

impl ConfigError {
    pub(crate) fn field(field: impl Into<String>, wanted: impl Into<String>) -> Self {
        Self::Field {
            field: field.into(),
            wanted: wanted.into(),
        }
    }

    /// The same, of a table of this place.
    pub(crate) fn under(self, table: &str) -> Self {
        match self {
            Self::Field { field, wanted } => Self::Field {
                field: format!("{table}.{field}"),
                wanted,
            },
            other => other,
        }
    }
}
