//! What law keeps of customers, in the clear: rows of its tables with their sealed fields opened.
//!
//! It goes from here into the sealed archive and nowhere else.

use std::collections::BTreeMap;

use base64::Engine as _;
use db::{Db, DbError, Row};
use serde_json::{Map, Value};
use store::sealed;
use vault::{KeyStore, Keys, OpenError, Seal as _, Sealed, SealedColumn};

use crate::fate::Fate;
use crate::ids;
use crate::keys::{self, KeysError};
use crate::tables::{self, OF_A_CUSTOMER, OUTBOX};

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

/// A customer whose rows are read, with what is kept of each of its tables.
#[derive(Debug)]
pub struct Kept {
    /// Its id.
    pub firm: String,
    /// By table.
    pub fates: Vec<Fate>,
}

/// Rows for which a customer's keys are had at once: milliseconds, within the second after which a destruction is known.
const SECOND: usize = 100;

/// Reads customers' rows, the kept columns only, by table; what was destroyed before is empty.
///
/// # Errors
/// [`ContentError`].
pub async fn rows(
    db: &Db,
    store: &KeyStore,
    customers: &[Kept],
) -> Result<BTreeMap<&'static str, Rows>, ContentError> {
    let mut all: BTreeMap<&'static str, Rows> = BTreeMap::new();
    let mut of_firm: BTreeMap<String, Vec<(&Fate, Row)>> = BTreeMap::new();
    for table in OF_A_CUSTOMER {
        for (fate, firms) in alike(customers, table.name) {
            let sql = format!(
                "SELECT {} AS firm, {}, {} FROM {} WHERE {} ORDER BY 1, 2",
                table.firm,
                table.key,
                fate.kept.join(", "),
                table.name,
                table.of(db.dialect())
            );
            let firms = tables::json(&firms);
            let found: Result<Vec<Row>, DbError> = db
                .read(move |tx| Box::pin(async move { tx.many(&sql, &[(&firms).into()]).await }))
                .await;
            for row in found? {
                let firm = row.text(0)?.to_owned();
                of_firm.entry(firm).or_default().push((fate, row));
            }
        }
    }
    for (firm, rows) in of_firm {
        for slice in rows.chunks(SECOND) {
            let keys = store
                .keys_for_now(keys::subject(&firm)?)
                .await
                .map_err(KeysError::from)?;
            for (fate, row) in slice {
                all.entry(fate.table).or_default().push(object(&keys, fate, row)?);
            }
        }
    }
    Ok(all)
}

/// The archived fates of a table, each with the customers who have it: one, unless their last acts differ by years.
fn alike<'a>(customers: &'a [Kept], table: &str) -> Vec<(&'a Fate, Vec<String>)> {
    let mut alike: Vec<(&Fate, Vec<String>)> = Vec::new();
    for customer in customers {
        let fate = customer
            .fates
            .iter()
            .find(|fate| fate.table == table && fate.is_archived());
        let Some(fate) = fate else { continue };
        match alike.iter_mut().find(|(known, _)| known.kept == fate.kept) {
            Some((_, firms)) => firms.push(customer.firm.clone()),
            None => alike.push((fate, vec![customer.firm.clone()])),
        }
    }
    alike
}

/// Effects that name a row of customers, as rows.
///
/// # Errors
/// [`ContentError`].
pub async fn effects(db: &Db, customers: &[Kept]) -> Result<Rows, ContentError> {
    const PAGE: i64 = 1_000;
    let mut all = Rows::new();
    for (fate, firms) in alike(customers, OUTBOX) {
        let ids = ids::of(db, &firms).await?;
        let mut after = 0;
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
                break;
            }
        }
    }
    Ok(all)
}

fn object(keys: &Keys, fate: &Fate, row: &Row) -> Result<Map<String, Value>, ContentError> {
    let key = row.text(1)?;
    let mut object = Map::new();
    for (at, column) in fate.kept.iter().enumerate() {
        let of = |sealed: &&&SealedColumn| (sealed.table, sealed.column) == (fate.table, *column);
        let value = match sealed::ALL.iter().find(of) {
            Some(sealed) => match row.opt_bytes(at + 2)? {
                Some(bytes) => open(keys, sealed, key, bytes)?,
                None => Value::Null,
            },
            None => plain(row, at + 2),
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
