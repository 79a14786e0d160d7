//! Makes a witness.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use base::clock::Clock;
use certificate::key_file::Key;
use laws::source::Source;
use uuid::Uuid;
use vault::{KeyStore, Keys};

use crate::catalog::{self, Table};
use crate::mentions::{self, names_the_row};
use crate::opened::{self, Leaf, mark};
use crate::order::Ordered;
use crate::owned::{self, Row, Rows};
use crate::tokens::{is_token, uuid};
use crate::witness::Witness;
use crate::{VerifyError, custody, ledger, needles, weak};

/// Customers in one witness, as in one plan. It is sealed in memory, where a customer takes some tens of kilobytes of the
/// [`certificate::sealing::MAX_BYTES`]: when those are too few, the exit is to be one of fewer customers.
pub const MOST: usize = 20_000;

/// Rows for which a customer's keys are had at once: milliseconds, within the second after which a destruction is known.
const SECOND: usize = 100;

/// Where everything is.
#[derive(Debug, Clone)]
pub struct Where {
    /// The lending database's address.
    pub database: String,
    /// The key store's address.
    pub key_store: String,
    /// The folder with `affairs.kek` and `identity.kek`.
    pub keys: PathBuf,
}

/// Makes a witness of the customers that an order on record names, now.
///
/// # Errors
/// [`VerifyError`]: among others, nothing opens, or a customer has no row.
pub async fn gather(ordered: Ordered, clock: &Clock, salt: &Key) -> Result<Witness, VerifyError> {
    let (at, firms) = (&ordered.at, ordered.firms);
    let store = custody::open(at, clock).await?;
    let mut source = Source::open(&at.database).await?;
    let tables = catalog::read(&mut source).await?;
    let rows = owned::rows(&mut source, &tables, &firms).await?;
    let mut witness = Witness::new(clock.now_micros(), firms, salt);
    take(&mut witness, &store, &tables, &rows, salt).await?;
    store.close().await;
    let found = mentions::find(&mut source, &tables, &rows, &witness.tokens).await?;
    let shared = |(place, token): (usize, String)| (!found.shared.contains(&place)).then_some(token);
    witness.tokens = std::mem::take(&mut witness.tokens)
        .into_iter()
        .enumerate()
        .filter_map(shared)
        .collect();
    if !found.shared.is_empty() {
        witness
            .weak
            .insert(needles::TOKEN.to_owned(), found.shared.len() as u64);
    }
    witness.mentions = found.rows;
    witness.tokens.extend(found.tokens);
    witness.tokens.sort_unstable();
    witness.tokens.dedup();
    let bytes = found.bytes.iter().map(|bytes| opened::hex(bytes));
    witness
        .bytes
        .entry("row-key".to_owned())
        .or_default()
        .extend(bytes);
    witness.ledger = ledger::read(&mut source, &tables, &witness.firms).await?;
    source.close().await;
    custody::wrapped(&mut witness, &at.key_store).await?;
    if witness.texts.values().all(Vec::is_empty) {
        return Err(VerifyError::Nothing);
    }
    Ok(witness)
}

/// Ids, digests, ciphertexts and the opened fields of the rows.
async fn take(
    witness: &mut Witness,
    store: &KeyStore,
    tables: &[Table],
    rows: &Rows,
    salt: &Key,
) -> Result<(), VerifyError> {
    let mut tokens = BTreeSet::new();
    let subjects: Vec<Uuid> = witness
        .firms
        .iter()
        .map(|firm| uuid(firm).unwrap_or_default())
        .collect();
    let mut of_firm: Vec<Vec<(&Table, &String, &Row)>> = vec![Vec::new(); subjects.len()];
    for table in tables {
        for (key, row) in rows.get(&table.name).into_iter().flatten() {
            if let Some(of) = of_firm.get_mut(row.firm) {
                of.push((table, key, row));
            }
        }
    }
    for (subject, rows) in subjects.into_iter().zip(of_firm) {
        for slice in rows.chunks(SECOND) {
            let keys = store.keys_for_now(subject).await?;
            for (table, key, row) in slice {
                one(witness, &mut tokens, &keys, (table, key, row), salt)?;
            }
        }
    }
    witness.tokens = tokens.into_iter().collect();
    Ok(())
}

/// What one row adds.
fn one(
    witness: &mut Witness,
    tokens: &mut BTreeSet<String>,
    keys: &Keys,
    (table, key, row): (&Table, &str, &Row),
    salt: &Key,
) -> Result<(), VerifyError> {
    for (column, cell) in table.columns.iter().zip(&row.cells) {
        let Some(cell) = cell else { continue };
        if column.bytes {
            let kind = if column.name.ends_with("_index") {
                "blind-index"
            } else {
                "ciphertext"
            };
            witness
                .bytes
                .entry(kind.to_owned())
                .or_default()
                .push(cell.clone());
        } else if names_the_row(&column.name) && is_token(cell) {
            tokens.insert(cell.clone());
        }
    }
    let mut marks = BTreeMap::new();
    for field in opened::fields(keys, table, key, row, &mut witness.weak)? {
        let column = field.column.column;
        marks.insert(
            column.to_owned(),
            mark(salt, &table.name, key, column, &field.whole),
        );
        for (leaf, value) in &field.values {
            let too_weak = match leaf {
                Leaf::Text => false,
                Leaf::Inner => weak::text(value),
                Leaf::Number => weak::number(value, witness.firms.len()),
            };
            if too_weak {
                *witness.weak.entry(column.to_owned()).or_default() += 1;
            } else {
                witness
                    .texts
                    .entry(column.to_owned())
                    .or_default()
                    .push(value.to_string());
            }
        }
    }
    witness
        .rows
        .entry(table.name.clone())
        .or_default()
        .insert(key.to_owned(), marks);
    Ok(())
}
