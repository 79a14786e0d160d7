//! One row of an answer, owned, read by column index.

use crate::DbError;

/// A column's value as both databases give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// One row. A wrong index or type is a mistake in the SQL: [`DbError::Other`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    /// The number of columns.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the row has no column at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number in column `i`.
    ///
    /// # Errors
    /// [`DbError::Other`] if it is absent, NULL or not a number.
    pub fn int(&self, i: usize) -> Result<i64, DbError> {
        self.opt_int(i)?.ok_or_else(|| null(i))
    }

    /// The text in column `i`.
    ///
    /// # Errors
    /// [`DbError::Other`] if it is absent, NULL or not text.
    pub fn text(&self, i: usize) -> Result<&str, DbError> {
        self.opt_text(i)?.ok_or_else(|| null(i))
    }

    /// The bytes in column `i`.
    ///
    /// # Errors
    /// [`DbError::Other`] if it is absent, NULL or not bytes.
    pub fn bytes(&self, i: usize) -> Result<&[u8], DbError> {
        self.opt_bytes(i)?.ok_or_else(|| null(i))
    }

    /// The number in column `i`, or `None` for NULL.
    ///
    /// # Errors
    /// [`DbError::Other`] if it is absent or not a number.
    pub fn opt_int(&self, i: usize) -> Result<Option<i64>, DbError> {
        match self.at(i)? {
            Value::Null => Ok(None),
            Value::Int(value) => Ok(Some(*value)),
            other => Err(wrong(i, "a number", other)),
        }
    }

    /// The text in column `i`, or `None` for NULL.
    ///
    /// # Errors
    /// [`DbError::Other`] if it is absent or not text.
    pub fn opt_text(&self, i: usize) -> Result<Option<&str>, DbError> {
        match self.at(i)? {
            Value::Null => Ok(None),
            Value::Text(value) => Ok(Some(value)),
            other => Err(wrong(i, "text", other)),
        }
    }

    /// The bytes in column `i`, or `None` for NULL.
    ///
    /// # Errors
    /// [`DbError::Other`] if it is absent or not bytes.
    pub fn opt_bytes(&self, i: usize) -> Result<Option<&[u8]>, DbError> {
        match self.at(i)? {
            Value::Null => Ok(None),
            Value::Bytes(value) => Ok(Some(value)),
            other => Err(wrong(i, "bytes", other)),
        }
    }

    fn at(&self, i: usize) -> Result<&Value, DbError> {
        self.0
            .get(i)
            .ok_or_else(|| DbError::Other(format!("column {i} of {} does not exist", self.0.len())))
    }
}

fn null(i: usize) -> DbError {
    DbError::Other(format!("column {i} is NULL"))
}

/// Names the type found, never the value: it may be a customer's.
fn wrong(i: usize, wanted: &str, found: &Value) -> DbError {
    let found = match found {
        Value::Null => "NULL",
        Value::Int(_) => "a number",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
    };
    DbError::Other(format!("column {i} is {found}, not {wanted}"))
}
