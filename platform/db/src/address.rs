//! Where a database is.

use crate::DbError;
use std::path::PathBuf;

/// A database's address, parsed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Address<'u> {
    Sqlite(PathBuf),
    Postgres(&'u str),
}

impl<'u> Address<'u> {
    /// Understands `sqlite:///abs/path.db`, `sqlite:rel.db` and `postgres://…`.
    ///
    /// # Errors
    /// [`DbError::Other`], without the address: it may hold a password.
    pub(crate) fn parse(url: &'u str) -> Result<Self, DbError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url));
        }
        let path = url
            .strip_prefix("sqlite:")
            .map(|rest| rest.strip_prefix("//").unwrap_or(rest));
        match path {
            // The writer and the readers meet in a file; memory has none. Settings
            // after a question mark would be ignored, so they are refused.
            None | Some("" | ":memory:") => Err(unknown()),
            Some(path) if path.contains('?') => Err(unknown()),
            Some(path) => Ok(Self::Sqlite(PathBuf::from(path))),
        }
    }
}

fn unknown() -> DbError {
    DbError::Other("a database address is sqlite:FILE or postgres://HOST/NAME, without settings".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_servers_are_told_apart() {
        let file = |path: &str| Ok(Address::Sqlite(PathBuf::from(path)));
        assert_eq!(Address::parse("sqlite:///var/lib/b.db"), file("/var/lib/b.db"));
        assert_eq!(Address::parse("sqlite:b.db"), file("b.db"));
        assert_eq!(
            Address::parse("postgres://u@h/b"),
            Ok(Address::Postgres("postgres://u@h/b"))
        );
        for bad in [
            "b.db",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:b.db?mode=ro",
            "mysql://h/b",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }
}
