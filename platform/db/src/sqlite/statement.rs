//! Preparing, binding and reading: between [`V`], [`Row`] and SQLite's own types.

use crate::row::Value;
use crate::{DbError, Row, V};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ToSql};

/// What may go wrong in one statement.
pub(crate) enum Failure {
    Sqlite(rusqlite::Error),
    Ours(DbError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl ToSql for V<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            V::Null | V::NullInt | V::NullText | V::NullBytes => ValueRef::Null,
            V::Int(value) => ValueRef::Integer(*value),
            V::Text(value) => ValueRef::Text(value.as_bytes()),
            V::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

/// Prepares by text and binds `$n` by its number: to SQLite `$2` is a name, whose
/// index is the order of first appearance.
pub(crate) fn prepare<'c>(
    conn: &'c Connection,
    sql: &str,
    values: &[V<'_>],
) -> Result<CachedStatement<'c>, Failure> {
    let mut statement = conn.prepare_cached(sql)?;
    let wanted = statement.parameter_count();
    if wanted != values.len() {
        return Err(Failure::Ours(DbError::Other(format!(
            "the statement takes {wanted} values, {} were given",
            values.len()
        ))));
    }
    for index in 1..=wanted {
        let number = statement
            .parameter_name(index)
            .and_then(|name| name.strip_prefix('$')?.parse().ok());
        let value = number.and_then(|number: usize| values.get(number.checked_sub(1)?));
        let value = value.ok_or_else(|| {
            Failure::Ours(DbError::Other(
                "placeholders are $1, $2, … without gaps".to_owned(),
            ))
        })?;
        statement.raw_bind_parameter(index, value)?;
    }
    Ok(statement)
}

pub(crate) fn read(row: &rusqlite::Row<'_>, columns: usize) -> Result<Row, Failure> {
    (0..columns)
        .map(|i| {
            Ok(match row.get_ref(i)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(value) => Value::Int(value),
                ValueRef::Text(value) => Value::Text(
                    String::from_utf8(value.to_vec())
                        .map_err(|_| Failure::Ours(DbError::Other(format!("column {i} is not UTF-8"))))?,
                ),
                ValueRef::Blob(value) => Value::Bytes(value.to_vec()),
                ValueRef::Real(_) => {
                    return Err(Failure::Ours(DbError::Other(format!(
                        "column {i} is a float: money and counts are whole numbers"
                    ))));
                }
            })
        })
        .collect::<Result<Vec<_>, _>>()
        .map(Row)
}
