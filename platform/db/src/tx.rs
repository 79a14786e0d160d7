//! The transaction as a job sees it: three verbs, the same on both databases.

use crate::{DbError, Dialect, Row, V, postgres, sqlite};

/// An open transaction. Committed when the job returns `Ok`, rolled back otherwise.
///
/// A statement that fails dooms its transaction, as PostgreSQL has it: what
/// follows fails with the same error, and so does the commit. A job must not begin
/// or end transactions itself.
pub struct Tx {
    pub(crate) inner: Inner,
}

pub(crate) enum Inner {
    Sqlite(Box<sqlite::Session>),
    Postgres(Box<postgres::Session>),
}

impl Tx {
    /// Which database this is, for the rare SQL that differs.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match &self.inner {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs one statement and gives the number of rows that it changed.
    ///
    /// # Errors
    /// What the database refused; see [`DbError`].
    pub async fn exec(&mut self, sql: &str, values: &[V<'_>]) -> Result<u64, DbError> {
        match &mut self.inner {
            Inner::Sqlite(session) => session.exec(sql, values),
            Inner::Postgres(session) => session.exec(sql, values).await,
        }
    }

    /// Runs one statement and gives its first row, if there is one.
    ///
    /// # Errors
    /// What the database refused; see [`DbError`].
    pub async fn one(&mut self, sql: &str, values: &[V<'_>]) -> Result<Option<Row>, DbError> {
        match &mut self.inner {
            Inner::Sqlite(session) => session.one(sql, values),
            Inner::Postgres(session) => session.one(sql, values).await,
        }
    }

    /// Runs one statement and gives all its rows; the caller bounds them with LIMIT.
    ///
    /// # Errors
    /// What the database refused; see [`DbError`].
    pub async fn many(&mut self, sql: &str, values: &[V<'_>]) -> Result<Vec<Row>, DbError> {
        match &mut self.inner {
            Inner::Sqlite(session) => session.many(sql, values),
            Inner::Postgres(session) => session.many(sql, values).await,
        }
    }

    /// Runs several statements without parameters, as migrations do.
    ///
    /// # Errors
    /// What the database refused; see [`DbError`].
    pub async fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        match &mut self.inner {
            Inner::Sqlite(session) => session.batch(sql),
            Inner::Postgres(session) => session.batch(sql).await,
        }
    }

    /// The error that a statement has met, which the commit must not overlook.
    pub(crate) fn doomed(&self) -> Option<DbError> {
        match &self.inner {
            Inner::Sqlite(session) => session.doomed.clone(),
            Inner::Postgres(session) => session.doomed(),
        }
    }
}
