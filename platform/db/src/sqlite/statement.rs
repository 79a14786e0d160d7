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
    if counts_up(sql, wanted) {
        for (index, value) in (1..).zip(values) {
            statement.raw_bind_parameter(index, value)?;
        }
        return Ok(statement);
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

/// Whether the placeholders first appear as `$1`, `$2`, … `$wanted`, so that their indices
/// are their numbers. Nearly all statements are written so, and one look through the text
/// spares asking SQLite for every name.
fn counts_up(sql: &str, wanted: usize) -> bool {
    let (mut seen, mut bytes) = (0, sql.bytes().peekable());
    while let Some(byte) = bytes.next() {
        if byte == b'\'' {
            // What is quoted is no placeholder.
            bytes.by_ref().find(|&byte| byte == b'\'');
        }
        if byte != b'$' {
            continue;
        }
        let mut number = 0_usize;
        while let Some(digit) = bytes.next_if(u8::is_ascii_digit) {
            number = number
                .saturating_mul(10)
                .saturating_add(usize::from(digit - b'0'));
        }
        // Zero: a name.
        if number == 0 || number > seen + 1 {
            return false;
        }
        seen = seen.max(number);
    }
    seen == wanted
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

#[cfg(test)]
mod tests {
    use super::counts_up;

    #[test]
    fn placeholders_that_count_up_are_told_from_those_that_do_not() {
        for (sql, wanted) in [
            ("SELECT 1", 0),
            ("SELECT $1", 1),
            ("SELECT '$2', 'it''s $9', $1", 1),
            ("VALUES ($1, $2, $1, $3, $2)", 3),
            ("VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", 11),
        ] {
            assert!(counts_up(sql, wanted), "{sql}");
        }
        for (sql, wanted) in [
            ("SELECT $2, $1", 2),
            ("SELECT $1, $3", 2),
            ("SELECT '$1', $2, $1", 2),
            ("SELECT $name", 1),
            ("SELECT $99999999999999999999999", 1),
        ] {
            assert!(!counts_up(sql, wanted), "{sql}");
        }
    }
}
