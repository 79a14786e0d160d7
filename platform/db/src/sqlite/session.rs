//! One SQLite connection as a transaction sees it: the verbs, run in place.

use super::budget::Budget;
use super::errors;
use super::statement::{Failure, prepare, read};
use crate::tx::Inner;
use crate::{DbError, Row, Tx, V, control};
use rusqlite::Connection;
use std::sync::Arc;

/// A connection, and what the transaction on it has met so far.
pub(crate) struct Session {
    pub(crate) conn: Connection,
    pub(crate) budget: Arc<Budget>,
    pub(crate) doomed: Option<DbError>,
    /// Whether `log` syncs what this connection commits, before anybody is answered.
    pub(crate) synced_beside: bool,
}

impl Session {
    pub(crate) fn new(conn: Connection) -> rusqlite::Result<Self> {
        let budget = Budget::install(&conn)?;
        Ok(Self {
            conn,
            budget,
            doomed: None,
            synced_beside: false,
        })
    }

    pub(crate) fn exec(&mut self, sql: &str, values: &[V<'_>]) -> Result<u64, DbError> {
        self.guarded(sql, |conn| {
            let mut statement = prepare(conn, sql, values)?;
            // As PostgreSQL counts: rows changed, or for a query rows given.
            if statement.column_count() == 0 {
                return Ok(statement.raw_execute()? as u64);
            }
            let reads = statement.readonly();
            let mut rows = statement.raw_query();
            let mut given = 0;
            while rows.next()?.is_some() {
                given += 1;
            }
            drop(rows);
            Ok(if reads { given } else { conn.changes() })
        })
    }

    pub(crate) fn one(&mut self, sql: &str, values: &[V<'_>]) -> Result<Option<Row>, DbError> {
        self.guarded(sql, |conn| {
            let mut statement = prepare(conn, sql, values)?;
            let (columns, reads) = (statement.column_count(), statement.readonly());
            let mut rows = statement.raw_query();
            let first = rows.next()?.map(|row| read(row, columns)).transpose()?;
            // A write with RETURNING is complete only once it is stepped to its end.
            while !reads && first.is_some() && rows.next()?.is_some() {}
            Ok(first)
        })
    }

    pub(crate) fn many(&mut self, sql: &str, values: &[V<'_>]) -> Result<Vec<Row>, DbError> {
        self.guarded(sql, |conn| {
            let mut statement = prepare(conn, sql, values)?;
            let columns = statement.column_count();
            let mut rows = statement.raw_query();
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                all.push(read(row, columns)?);
            }
            Ok(all)
        })
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        self.guarded(sql, |conn| Ok(conn.execute_batch(sql)?))
    }

    fn guarded<T>(
        &mut self,
        sql: &str,
        run: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, DbError> {
        if let Some(error) = &self.doomed {
            return Err(error.clone());
        }
        let outcome = control::refuse(sql)
            .and_then(|()| self.budget.check())
            .and_then(|()| {
                run(&self.conn).map_err(|failure| match failure {
                    Failure::Sqlite(error) => errors::map(&self.conn, error),
                    Failure::Ours(error) => error,
                })
            });
        if let Err(error) = &outcome {
            self.doomed = Some(error.clone());
        }
        outcome
    }
}

impl Tx {
    /// A transaction on this connection.
    pub(crate) fn of_sqlite(session: Session) -> Self {
        Self {
            inner: Inner::Sqlite(Box::new(session)),
        }
    }

    /// The connection inside a transaction that [`Tx::of_sqlite`] made.
    pub(crate) fn sqlite(&mut self) -> &mut Session {
        match &mut self.inner {
            Inner::Sqlite(session) => session,
            Inner::Postgres(_) => unreachable!("the writer and the readers hold SQLite connections only"),
        }
    }
}
