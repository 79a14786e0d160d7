//! SQLite's errors as [`DbError`], with PostgreSQL's names for unique rules.

use crate::{ConstraintKind, DbError, raised};
use rusqlite::{Connection, Error, ErrorCode, ffi};

/// Maps an error of a statement. The connection gives the name of a unique index,
/// which SQLite's message leaves out.
pub(crate) fn map(conn: &Connection, error: Error) -> DbError {
    let Error::SqliteFailure(code, message) = &error else {
        return DbError::Other(error.to_string());
    };
    let message = message.as_deref().unwrap_or_default();
    match code.code {
        ErrorCode::ConstraintViolation => constraint(conn, code.extended_code, message),
        // Only a budget interrupts.
        ErrorCode::OperationInterrupted => DbError::Timeout,
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::OutOfMemory
        | ErrorCode::SystemIoFailure
        | ErrorCode::DatabaseCorrupt
        | ErrorCode::DiskFull
        | ErrorCode::CannotOpen
        | ErrorCode::NotADatabase => DbError::Unavailable(error.to_string()),
        _ => DbError::Other(error.to_string()),
    }
}

/// Maps an error met outside any job, when opening or beginning.
pub(crate) fn unavailable(doing: &str, error: &Error) -> DbError {
    DbError::Unavailable(format!("{doing}: {error}"))
}

fn constraint(conn: &Connection, code: i32, message: &str) -> DbError {
    if code == ffi::SQLITE_CONSTRAINT_TRIGGER {
        return raised::parse(message).unwrap_or_else(|| DbError::Other(message.to_owned()));
    }
    // "UNIQUE constraint failed: firms.id", "CHECK constraint failed: amount > 0"
    let what = message.split_once(": ").map_or(message, |(_, what)| what);
    let (kind, name) = match code {
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            (ConstraintKind::Unique, primary_key(what))
        }
        ffi::SQLITE_CONSTRAINT_UNIQUE => (ConstraintKind::Unique, unique_index(conn, what)),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => (ConstraintKind::ForeignKey, what.to_owned()),
        ffi::SQLITE_CONSTRAINT_CHECK => (ConstraintKind::Check, what.to_owned()),
        ffi::SQLITE_CONSTRAINT_NOTNULL => (ConstraintKind::NotNull, what.to_owned()),
        _ => return DbError::Other(message.to_owned()),
    };
    DbError::Constraint { name, kind }
}

fn primary_key(columns: &str) -> String {
    let table = columns.split('.').next().unwrap_or(columns);
    format!("{table}_pkey")
}

/// The name that PostgreSQL gives to the rule over these columns ("t.a, t.b").
fn unique_index(conn: &Connection, columns: &str) -> String {
    // An index over an expression is named by SQLite itself: "index 'name'".
    if let Some(name) = columns.strip_prefix("index '") {
        return name.trim_end_matches('\'').to_owned();
    }
    let table = columns.split('.').next().unwrap_or(columns);
    let names: Vec<&str> = columns
        .split(", ")
        .filter_map(|column| column.split_once('.'))
        .map(|(_, name)| name)
        .collect();
    declared(conn, table, &names.join(", ")).unwrap_or_else(|| format!("{table}_{}_key", names.join("_")))
}

/// The name of the unique index that CREATE UNIQUE INDEX made over these columns.
fn declared(conn: &Connection, table: &str, columns: &str) -> Option<String> {
    const SQL: &str = "SELECT l.name FROM pragma_index_list(?1) l WHERE l.\"unique\" = 1 AND l.origin = 'c' \
        AND ?2 = (SELECT group_concat(i.name, ', ') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno) i)";
    let mut query = conn.prepare_cached(SQL).ok()?;
    query.query_row([table, columns], |row| row.get(0)).ok()
}
