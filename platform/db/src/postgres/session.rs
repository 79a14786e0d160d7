//! One PostgreSQL connection as a transaction sees it.

use super::{errors, params, rows};
use crate::handle::Boxed;
use crate::{DbError, Row, V, control};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Executor, Postgres};
use std::future::Future;
use std::time::Duration;

/// A connection, and what the transaction on it has met so far.
pub(crate) struct Session {
    pub(crate) conn: PoolConnection<Postgres>,
    pub(crate) doomed: Option<DbError>,
    /// A transaction is open: the connection must not return to its pool like this.
    pub(crate) open: bool,
    /// A statement was sent and its answer not read: a job that gave up waiting
    /// (a `select!`, a timeout) has not undone it.
    in_flight: bool,
    limit: Duration,
}

impl Session {
    /// `limit` is for a server that hangs: the server itself stops a late statement
    /// at its `statement_timeout`, which must be shorter.
    pub(crate) fn new(conn: PoolConnection<Postgres>, limit: Duration) -> Self {
        Self {
            conn,
            doomed: None,
            open: false,
            in_flight: false,
            limit,
        }
    }

    pub(crate) fn exec<'a>(
        &'a mut self,
        sql: &'a str,
        values: &'a [V<'a>],
    ) -> Boxed<'a, Result<u64, DbError>> {
        Box::pin(async move {
            let query = sqlx::query_with(AssertSqlSafe(sql), params::encode(values)?);
            self.enter(sql)?;
            let outcome = bounded(self.limit, query.execute(&mut *self.conn)).await;
            self.leave(outcome).map(|done| done.rows_affected())
        })
    }

    pub(crate) fn one<'a>(
        &'a mut self,
        sql: &'a str,
        values: &'a [V<'a>],
    ) -> Boxed<'a, Result<Option<Row>, DbError>> {
        Box::pin(async move {
            let query = sqlx::query_with(AssertSqlSafe(sql), params::encode(values)?);
            self.enter(sql)?;
            let outcome = bounded(self.limit, query.fetch_optional(&mut *self.conn)).await;
            let row = self.leave(outcome)?;
            row.map(|row| rows::read(&row)).transpose()
        })
    }

    pub(crate) fn many<'a>(
        &'a mut self,
        sql: &'a str,
        values: &'a [V<'a>],
    ) -> Boxed<'a, Result<Vec<Row>, DbError>> {
        Box::pin(async move {
            let query = sqlx::query_with(AssertSqlSafe(sql), params::encode(values)?);
            self.enter(sql)?;
            let outcome = bounded(self.limit, query.fetch_all(&mut *self.conn)).await;
            self.leave(outcome)?.iter().map(rows::read).collect()
        })
    }

    pub(crate) fn batch<'a>(&'a mut self, sql: &'a str) -> Boxed<'a, Result<(), DbError>> {
        Box::pin(async move {
            self.enter(sql)?;
            let outcome = bounded(self.limit, self.conn.execute(sqlx::raw_sql(AssertSqlSafe(sql)))).await;
            self.leave(outcome).map(drop)
        })
    }

    /// The error that the transaction has met, if its commit must fail.
    pub(crate) fn doomed(&self) -> Option<DbError> {
        let abandoned = || DbError::Other("a statement was abandoned before its answer".to_owned());
        self.doomed.clone().or_else(|| self.in_flight.then(abandoned))
    }

    fn enter(&mut self, sql: &str) -> Result<(), DbError> {
        if let Some(error) = self.doomed() {
            return Err(error);
        }
        if let Err(error) = control::refuse(sql) {
            self.doomed = Some(error.clone());
            return Err(error);
        }
        self.in_flight = true;
        Ok(())
    }

    fn leave<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T, DbError> {
        self.in_flight = false;
        outcome.map_err(|error| {
            let error = errors::map(error);
            self.doomed = Some(error.clone());
            error
        })
    }
}

impl Drop for Session {
    /// A job that panicked, or a runtime that stopped: the server rolls back when
    /// the connection ends.
    fn drop(&mut self) {
        if self.open {
            self.conn.close_on_drop();
        }
    }
}

/// Waits for the server, but not for ever.
pub(crate) async fn bounded<T>(
    limit: Duration,
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::time::timeout(limit, statement).await.unwrap_or_else(|_| {
        Err(sqlx::Error::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            "the server does not answer",
        )))
    })
}
