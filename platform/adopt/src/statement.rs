//! One statement of theirs, with a place for a value that is new each time.

use db::{DbError, Tx};

/// The longest statement that is read.
const LONGEST: usize = 64 * 1024;

/// A statement to be run for one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    sql: String,
    /// Whether it has `{id}`, and whether it has `{n}`.
    takes: (bool, bool),
}

/// What is new in each attempt: a UUID as text, and a number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fresh {
    pub(crate) id: String,
    pub(crate) n: i64,
}

impl Statement {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_end_matches(';');
        if text.is_empty() || text.len() > LONGEST {
            return Err(format!("one SQL statement of at most {LONGEST} bytes"));
        }
        let takes = (text.contains("{id}"), text.contains("{n}"));
        if takes == (false, false) {
            return Err(
                "the statement needs {id} (a UUID as text) or {n} (a number) where its key is".to_owned(),
            );
        }
        if text.contains("'{id}'") || text.contains("'{n}'") {
            return Err(
                "{id} and {n} stand for a value: without quotes, with a cast if need be, as {id}::uuid"
                    .to_owned(),
            );
        }
        let second = if takes.0 { "$2" } else { "$1" };
        let sql = text.replace("{id}", "$1").replace("{n}", second);
        Ok(Self { sql, takes })
    }

    /// Runs it, and gives how many rows it wrote.
    pub(crate) async fn run(&self, tx: &mut Tx, fresh: &Fresh) -> Result<u64, DbError> {
        let (id, n) = ((&fresh.id).into(), fresh.n.into());
        match self.takes {
            (true, true) => tx.exec(&self.sql, &[id, n]).await,
            (true, false) => tx.exec(&self.sql, &[id]).await,
            (false, _) => tx.exec(&self.sql, &[n]).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_become_parameters() {
        let sql = |text: &str| Statement::parse(text).map(|one| one.sql);
        assert_eq!(
            sql("INSERT INTO t VALUES ({id}::uuid, {n}, {id});").unwrap(),
            "INSERT INTO t VALUES ($1::uuid, $2, $1)"
        );
        assert_eq!(
            sql("INSERT INTO t VALUES ({n})").unwrap(),
            "INSERT INTO t VALUES ($1)"
        );
        for bad in [
            "",
            ";",
            "INSERT INTO t DEFAULT VALUES",
            "INSERT INTO t VALUES ('{id}')",
        ] {
            assert!(sql(bad).is_err(), "{bad}");
        }
    }
}
