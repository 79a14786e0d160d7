//! The transaction as a job sees it: three verbs, the same on both databases.

use crate::{DbError, Dialect, Row, V};

/// An open transaction. Committed when the job returns `Ok`, rolled back otherwise.
///
/// A statement that fails dooms its transaction, as PostgreSQL has it: what
/// follows fails with the same error, and so does the commit.
pub struct Tx {
    pub(crate) inner: Inner,
}

pub(crate) enum Inner {}

impl Tx {
    /// Which database this is, for the rare SQL that differs.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self.inner {}
    }

    /// Runs one statement and gives the number of rows that it changed.
    ///
    /// # Errors
    /// What the database refused; see [`DbError`].
    pub async fn exec(&mut self, sql: &str, values: &[V<'_>]) -> Result<u64, DbError> {
        let _ = (sql, values);
        match self.inner {}
    }

    /// Runs one query and gives its first row, if there is one.
    ///
    /// # Errors
    /// What the database refused; see [`DbError`].
    pub async fn one(&mut self, sql: &str, values: &[V<'_>]) -> Result<Option<Row>, DbError> {
        let _ = (sql, values);
        match self.inner {}
    }

    /// Runs one query and gives all its rows; the caller bounds them with LIMIT.
    ///
    /// # Errors
    /// What the database refused; see [`DbError`].
    pub async fn many(&mut self, sql: &str, values: &[V<'_>]) -> Result<Vec<Row>, DbError> {
        let _ = (sql, values);
        match self.inner {}
    }

    /// Runs several statements without parameters, as migrations do.
    ///
    /// # Errors
    /// What the database refused; see [`DbError`].
    pub async fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        let _ = sql;
        match self.inner {}
    }
}
