//! The key store before the exit.

use std::path::Path;
use std::sync::Arc;

use base::clock::Clock;
use db::{Db, Options};
use laws::source::Source;
use vault::suite::Suites;
use vault::{Category, Custodian, FileKek, KekError, KekProvider, KeyStore, Parts, VaultError};

use crate::gather::Where;
use crate::owned::select;
use crate::tokens::uuid;
use crate::witness::Witness;
use crate::{VerifyError, catalog};

/// Opens the key store that is there. It has no journal, so that nothing is destroyed again, and makes nothing.
///
/// # Errors
/// [`VerifyError`].
pub async fn open(at: &Where, clock: &Clock) -> Result<KeyStore, VerifyError> {
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

/// The customers' wrapped keys, and the store's identity.
///
/// # Errors
/// [`VerifyError`].
pub async fn wrapped(witness: &mut Witness, url: &str) -> Result<(), VerifyError> {
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
