//! Opens the customers' sealed fields, for the witness alone.

use std::collections::BTreeMap;

use certificate::key_file::Key;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use store::sealed;
use vault::{Keys, OpenError, Sealed, SealedColumn};
use zeroize::{Zeroize, Zeroizing};

use crate::VerifyError;
use crate::catalog::Table;
use crate::owned::Row;

/// A field that was opened.
pub struct Field {
    /// The column, as the sealed columns are declared.
    pub column: &'static SealedColumn,
    /// What is looked for of it: each leaf of an answer, or the text.
    pub values: Vec<(Leaf, Zeroizing<String>)>,
    /// The whole of it in one form, to compare with the archive's.
    pub whole: Zeroizing<String>,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// A field that is a text by itself.
    Text,
    /// A text within an answer.
    Inner,
    /// A number.
    Number,
}

/// The sealed fields of a row; a column whose key is destroyed already counts under `destroyed`.
///
/// # Errors
/// [`VerifyError`].
pub fn fields(
    keys: &Keys,
    table: &Table,
    key: &str,
    row: &Row,
    destroyed: &mut BTreeMap<String, u64>,
) -> Result<Vec<Field>, VerifyError> {
    let columns: Vec<_> = sealed::ALL
        .iter()
        .filter(|column| column.table == table.name)
        .collect();
    let mut fields = Vec::new();
    for column in columns {
        let cell = table
            .place(column.column)
            .and_then(|place| row.cells.get(place)?.as_deref());
        let Some(bytes) = cell.and_then(bytes) else {
            continue;
        };
        let opened = keys.open::<Vec<u8>>(sealed::at(column, key), &Sealed::from_bytes(bytes));
        match opened {
            Ok(plain) => fields.push(field(column, &Zeroizing::new(plain))),
            Err(OpenError::Destroyed) => *destroyed.entry(column.column.to_owned()).or_default() += 1,
            Err(source) => {
                let (table, column) = (table.name.clone(), column.column.to_owned());
                return Err(VerifyError::Open {
                    table,
                    column,
                    source,
                });
            }
        }
    }
    Ok(fields)
}

fn field(column: &'static SealedColumn, plain: &[u8]) -> Field {
    let mut values = Vec::new();
    // The one number among the fields is stored as eight bytes.
    if std::ptr::eq(column, &raw const sealed::TURNOVER)
        && let Ok(number) = plain.try_into()
    {
        let whole = Zeroizing::new(i64::from_be_bytes(number).to_string());
        values.push((Leaf::Number, whole.clone()));
        return Field {
            column,
            values,
            whole,
        };
    }
    let text = Zeroizing::new(String::from_utf8_lossy(plain).into_owned());
    match structured(&text) {
        Some(value) => {
            leaves(&value, &mut values);
            let whole = Zeroizing::new(value.to_string());
            Field {
                column,
                values,
                whole,
            }
        }
        None => {
            values.push((Leaf::Text, text.clone()));
            Field {
                column,
                values,
                whole: text,
            }
        }
    }
}

/// A text that is a JSON object or array.
fn structured(text: &str) -> Option<Value> {
    if text.starts_with(['{', '[']) {
        serde_json::from_str(text).ok()
    } else {
        None
    }
}

fn leaves(value: &Value, all: &mut Vec<(Leaf, Zeroizing<String>)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| leaves(item, all)),
        Value::Object(fields) => fields.values().for_each(|field| leaves(field, all)),
        Value::String(text) => all.push((Leaf::Inner, Zeroizing::new(text.clone()))),
        Value::Number(number) => all.push((Leaf::Number, Zeroizing::new(number.to_string()))),
        Value::Null | Value::Bool(_) => {}
    }
}

/// The one form of a field as the archive has it.
#[must_use]
pub fn archived(value: &Value) -> Zeroizing<String> {
    let text = match value {
        Value::String(text) => structured(text).map_or_else(|| text.clone(), |value| value.to_string()),
        value => value.to_string(),
    };
    Zeroizing::new(text)
}

/// What compares a field without showing it: HMAC-SHA-256 under a salt, bound to its place.
#[must_use]
pub fn mark(salt: &Key, table: &str, key: &str, column: &str, whole: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(salt.as_slice()) else {
        return String::new();
    };
    for part in [table, key, column, whole] {
        mac.update(part.as_bytes());
        mac.update(&[0]);
    }
    let mut bytes = mac.finalize().into_bytes();
    let text = hex(&bytes);
    bytes.as_mut_slice().zeroize();
    text
}

/// Bytes of lower-case hexadecimal digits.
#[must_use]
pub fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    (0..hex.len()).step_by(2).map(pair).collect()
}

/// Lower-case hexadecimal digits of bytes.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
