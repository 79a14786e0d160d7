//! Makes a witness.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::clock::Clock;
use certificate::key_file::Key;
use db::{Db, Options};
use laws::source::Source;
use uuid::Uuid;
use vault::suite::Suites;
use vault::{Category, Custodian, FileKek, KekError, KekProvider, KeyStore, Parts, VaultError};

use crate::catalog::{self, Table};
use crate::mentions::{self, names_the_row};
use crate::opened::{self, Leaf, mark};
use crate::owned::{self, Rows, select};
use crate::tokens::{is_token, uuid};
use crate::witness::Witness;
use crate::{VerifyError, ledger, needles, weak};

/// Customers in one witness: the search takes some three megabytes for each, and a machine of one gigabyte holds
/// what 256 need.
pub const MOST: usize = 256;

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

/// Makes a witness of these customers, now.
///
/// # Errors
/// [`VerifyError`]: among others, nothing opens, or a customer has no row.
pub async fn gather(
    at: &Where,
    firms: Vec<String>,
    clock: &Clock,
    salt: &Key,
) -> Result<Witness, VerifyError> {
    if firms.is_empty() || firms.len() > MOST {
        return Err(VerifyError::TooMany(firms.len(), MOST));
    }
    let store = key_store(at, clock).await?;
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
    wrapped(&mut witness, &at.key_store).await?;
    if witness.texts.values().all(Vec::is_empty) {
        return Err(VerifyError::Nothing);
    }
    Ok(witness)
}

/// Opens the key store that is there. It has no journal, so that nothing is destroyed again, and makes nothing.
async fn key_store(at: &Where, clock: &Clock) -> Result<KeyStore, VerifyError> {
    let kek = |custodian: Custodian| -> Result<Arc<dyn KekProvider>, VerifyError> {
        let path = at.keys.join(format!("{}.kek", custodian.as_str()));
        let kek = FileKek::open(&path, custodian, Suites::standard()).map_err(no_kek)?;
        Ok(Arc::new(kek))
    };
    let (affairs, identity) = (kek(Custodian::Affairs)?, kek(Custodian::Identity)?);
    let path = at
        .key_store
        .strip_prefix("sqlite:")
        .map(|path| path.strip_prefix("//").unwrap_or(path));
    if path.is_some_and(|path| !Path::new(path).exists()) {
        return Err(VerifyError::NoKeyStore);
    }
    let db = Db::open(&at.key_store, Options::default())
        .await
        .map_err(VerifyError::Store)?;
    if !vault::is_key_store(&db).await? {
        return Err(VerifyError::NoKeyStore);
    }
    let (suites, clock) = (Suites::standard(), clock.clone());
    Ok(KeyStore::open(Parts {
        db,
        affairs,
        identity,
        suites,
        clock,
        journal: None,
    })
    .await?)
}

fn no_kek(error: KekError) -> VerifyError {
    VerifyError::Vault(VaultError::Kek(error))
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
    for table in tables {
        for (key, row) in rows.get(&table.name).into_iter().flatten() {
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
            let subject = subjects.get(row.firm).copied().unwrap_or_default();
            let fields = opened::fields(store, table, key, row, subject, &mut witness.weak).await?;
            let mut marks = BTreeMap::new();
            for field in fields {
                let column = field.column.column;
                marks.insert(
                    column.to_owned(),
                    mark(salt, &table.name, key, column, &field.whole),
                );
                for (leaf, value) in &field.values {
                    let too_weak = match leaf {
                        Leaf::Text => false,
                        Leaf::Inner => weak::text(value),
                        Leaf::Number => weak::number(value),
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
                .insert(key.clone(), marks);
        }
    }
    witness.tokens = tokens.into_iter().collect();
    Ok(())
}

/// The customers' wrapped keys, and the store's identity.
async fn wrapped(witness: &mut Witness, url: &str) -> Result<(), VerifyError> {
    let mut source = Source::open(url).await?;
    let identity = source
        .rows("the key store's identity", "SELECT store FROM vault_state")
        .await?;
    let identity = identity.first().ok_or(VerifyError::NoKeyStore)?;
    witness.store = identity.text(0)?.to_owned();
    let tables = catalog::read(&mut source).await?;
    let table = tables
        .iter()
        .find(|table| table.name == "vault_keys")
        .ok_or(VerifyError::NoKeyStore)?;
    let digits = |firm: &String| uuid(firm).map(|id| id.simple().to_string());
    let subjects: Vec<String> = witness.firms.iter().filter_map(digits).collect();
    for row in select(&mut source, table, "subject", &subjects).await? {
        let subject = table
            .place("subject")
            .and_then(|place| row.get(place)?.clone())
            .unwrap_or_default();
        for category in Category::ALL {
            let cell = table
                .place(category.as_str())
                .and_then(|place| row.get(place)?.as_ref());
            if let Some(cell) = cell {
                witness
                    .bytes
                    .entry("wrapped-key".to_owned())
                    .or_default()
                    .push(cell.clone());
                witness.keys.push((subject.clone(), category.as_str().to_owned()));
            }
        }
    }
    source.close().await;
    Ok(())
}
