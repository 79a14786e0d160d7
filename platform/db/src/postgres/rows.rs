//! PostgreSQL's rows as [`Row`], by the type of each column.

use crate::row::Value;
use crate::{DbError, Row};
use sqlx::postgres::{PgRow, PgValueRef};
use sqlx::{Row as _, TypeInfo, ValueRef};

pub(crate) fn read(row: &PgRow) -> Result<Row, DbError> {
    (0..row.len())
        .map(|i| {
            let raw = row
                .try_get_raw(i)
                .map_err(|error| DbError::Other(error.to_string()))?;
            value(i, &raw)
        })
        .collect::<Result<Vec<_>, _>>()
        .map(Row)
}

/// Decodes one value; prepared statements answer in the binary format.
fn value(i: usize, raw: &PgValueRef<'_>) -> Result<Value, DbError> {
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let malformed = || DbError::Other(format!("column {i} arrived malformed"));
    let bytes = raw.as_bytes().map_err(|_| malformed())?;
    let info = raw.type_info();
    Ok(match info.name() {
        "INT8" => Value::Int(i64::from_be_bytes(bytes.try_into().map_err(|_| malformed())?)),
        "INT4" => Value::Int(i32::from_be_bytes(bytes.try_into().map_err(|_| malformed())?).into()),
        "INT2" => Value::Int(i16::from_be_bytes(bytes.try_into().map_err(|_| malformed())?).into()),
        "OID" => Value::Int(u32::from_be_bytes(bytes.try_into().map_err(|_| malformed())?).into()),
        "BOOL" => Value::Int(i64::from(bytes != [0])),
        "TEXT" | "VARCHAR" | "NAME" | "CHAR" | "\"CHAR\"" | "UNKNOWN" => {
            Value::Text(String::from_utf8(bytes.to_vec()).map_err(|_| malformed())?)
        }
        "BYTEA" => Value::Bytes(bytes.to_vec()),
        // What a function without an answer gives, such as pg_advisory_xact_lock.
        "VOID" => Value::Null,
        "NUMERIC" => {
            return Err(DbError::Other(format!(
                "column {i} is NUMERIC: cast it, as in sum(x)::BIGINT"
            )));
        }
        other => {
            return Err(DbError::Other(format!(
                "column {i} is {other}: cast it to BIGINT or TEXT"
            )));
        }
    })
}
