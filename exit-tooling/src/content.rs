//! What law keeps of a customer, in the clear: rows of its tables with their sealed fields opened.
//!
//! It goes from here into the sealed archive and nowhere else.

use base64::Engine as _;
use db::{Db, DbError, Row};
use serde_json::{Map, Value};
use store::sealed;
use vault::{KeyStore, Keys, OpenError, Seal as _, Sealed, SealedColumn};

use crate::fate::Fate;
use crate::keys::{self, KeysError};
use crate::tables::{OF_A_CUSTOMER, OUTBOX};

/// Why the rows cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The database.
    #[error("the database cannot be read")]
    Database(#[from] DbError),
    /// The key store.
    #[error("a customer's keys cannot be had")]
    Keys(#[from] KeysError),
    /// A field does not open: what is not readable now is not archived as if it were.
    #[error("{table}.{column}: a sealed field does not open")]
    Field {
        /// Its table.
        table: &'static str,
        /// Its column.
        column: &'static str,
    },
}

/// Sealed columns that hold JSON; the others hold texts, and one a number.
const OBJECTS: [&SealedColumn; 3] = [&sealed::ANSWER, &sealed::DECISION_FEATURES, &sealed::FINDINGS];

/// Rows of one table, each an object of its columns.
pub type Rows = Vec<Map<String, Value>>;

/// Reads one customer's rows of one table, the kept columns only; each comes with its primary key as a text.
///
/// # Errors
/// [`ContentError`].
pub async fn rows(db: &Db, store: &KeyStore, firm: &str, fate: &Fate) -> Result<Rows, ContentError> {
    let Some(table) = OF_A_CUSTOMER.iter().find(|table| table.name == fate.table) else {
        return Ok(Vec::new());
    };
    let columns = fate.kept.join(", ");
    let sql = format!(
        "SELECT {}, {columns} FROM {} WHERE {} ORDER BY 1",
        table.key, table.name, table.of
    );
    let owned = firm.to_owned();
    let found: Result<Vec<Row>, DbError> = db
        .read(move |tx| Box::pin(async move { tx.many(&sql, &[(&owned).into()]).await }))
        .await;
    let found = found?;
    // Had for a second at a time: a destruction meanwhile is known.
    let mut opened = Rows::new();
    for slice in found.chunks(100) {
        let keys = store
            .keys_for_now(keys::subject(firm)?)
            .await
            .map_err(KeysError::from)?;
        for row in slice {
            opened.push(object(&keys, fate, row)?);
        }
    }
    Ok(opened)
}

/// Effects whose reference is one of these ids, as rows.
///
/// # Errors
/// [`ContentError`].
pub async fn effects(
    db: &Db,
    ids: &std::collections::BTreeSet<String>,
    fate: &Fate,
) -> Result<Rows, ContentError> {
    const PAGE: i64 = 1_000;
    let (mut after, mut all) = (0, Rows::new());
    loop {
        let columns = fate.kept.join(", ");
        let sql = format!(
            "SELECT number, reference, {columns} FROM {OUTBOX} WHERE number > $1 ORDER BY number LIMIT $2"
        );
        let page: Result<Vec<Row>, DbError> = db
            .read(move |tx| Box::pin(async move { tx.many(&sql, &[after.into(), PAGE.into()]).await }))
            .await;
        let page = page?;
        for row in &page {
            after = row.int(0)?;
            if ids.contains(row.text(1)?) {
                let columns = fate.kept.iter().enumerate();
                all.push(
                    columns
                        .map(|(at, column)| ((*column).to_owned(), plain(row, at + 2)))
                        .collect(),
                );
            }
        }
        if i64::try_from(page.len()).unwrap_or(PAGE) < PAGE {
            return Ok(all);
        }
    }
}

fn object(keys: &Keys, fate: &Fate, row: &Row) -> Result<Map<String, Value>, ContentError> {
    let key = row.text(0)?;
    let mut object = Map::new();
    for (at, column) in fate.kept.iter().enumerate() {
        let of = |sealed: &&&SealedColumn| (sealed.table, sealed.column) == (fate.table, *column);
        let value = match sealed::ALL.iter().find(of) {
            Some(sealed) => match row.opt_bytes(at + 1)? {
                Some(bytes) => open(keys, sealed, key, bytes)?,
                None => Value::Null,
            },
            None => plain(row, at + 1),
        };
        object.insert((*column).to_owned(), value);
    }
    Ok(object)
}

/// Opens a field; what was shredded before stays so.
fn open(keys: &Keys, column: &'static SealedColumn, row: &str, bytes: &[u8]) -> Result<Value, ContentError> {
    let sealed: Sealed<Vec<u8>> = Sealed::from_bytes(bytes.to_vec());
    let bytes = match keys.open(sealed::at(column, row), &sealed) {
        Ok(bytes) => zeroize::Zeroizing::new(bytes),
        Err(OpenError::Destroyed) => return Ok(Value::Null),
        Err(_) => {
            return Err(ContentError::Field {
                table: column.table,
                column: column.column,
            });
        }
    };
    if *column == sealed::TURNOVER {
        return Ok(i64::from_plain(bytes).map_or(Value::Null, Value::from));
    }
    if OBJECTS.contains(&column) {
        return Ok(Value::from_plain(bytes).unwrap_or(Value::Null));
    }
    let text = String::from_utf8(bytes.to_vec());
    Ok(text.map_or_else(|_| binary(&bytes), Value::String))
}

/// A column's value as it is; bytes in base64.
fn plain(row: &Row, at: usize) -> Value {
    if let Ok(number) = row.opt_int(at) {
        return number.map_or(Value::Null, Value::from);
    }
    if let Ok(text) = row.opt_text(at) {
        return text.map_or(Value::Null, Value::from);
    }
    row.opt_bytes(at).ok().flatten().map_or(Value::Null, binary)
}

fn binary(bytes: &[u8]) -> Value {
    Value::String(base64::engine::general_purpose::STANDARD.encode(bytes))
}
