//! Opening: schema, first state, index keys, and what a restored store has forgotten.

use std::sync::Arc;

use db::{Db, DbError, Tx};
use rand::{TryRngCore, rngs::OsRng};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{KeyStore, Parts, epoch, index_context, migrations, suite};
use crate::journal::Journal;
use crate::kek::KekProvider;
use crate::suite::{KeyedDigest, Suites};
use crate::{Custodian, VaultError};

/// Bytes of an index key: the output of both suites' digests.
const INDEX_KEY: usize = 32;

/// An index key, wrapped.
struct Index {
    custodian: Custodian,
    suite: u8,
    epoch: u32,
    wrapped: Vec<u8>,
}

impl KeyStore {
    /// Opens a key store, making its tables and its index keys the first time, and
    /// destroys again what a restored older store has forgotten.
    ///
    /// # Errors
    /// The database refuses, a KEK is missing, or the journal belongs to another store.
    pub async fn open(parts: Parts) -> Result<Self, VaultError> {
        let Parts {
            db,
            affairs,
            identity,
            suites,
            clock,
            journal,
        } = parts;
        db::migrate(&db, &migrations()).await?;
        let providers = [affairs, identity];
        let fresh = Custodian::ALL
            .iter()
            .zip(&providers)
            .map(|(custodian, provider)| draw(*custodian, &**provider))
            .collect::<Result<Vec<_>, _>>()?;
        let (store, found) = db.write(move |tx| Box::pin(first(tx, fresh))).await?;
        let indexes = Custodian::ALL
            .iter()
            .zip(&providers)
            .map(|(custodian, provider)| digest(*custodian, provider, &found, &suites))
            .collect::<Result<Vec<_>, VaultError>>()?;
        let indexes = indexes
            .try_into()
            .map_err(|_| VaultError::Corrupt("an index key is missing"))?;
        let journal = journal.map(|path| Journal::open(path, &store)).transpose()?;
        let opened = Self {
            db,
            clock,
            suites,
            providers,
            journal,
            indexes,
            identity: store,
        };
        opened.destroy_again().await?;
        Ok(opened)
    }
}

/// Whether a database holds a key store. A service asks before it opens one, which
/// would make a new one: that opens nothing.
///
/// # Errors
/// The database does not answer.
pub async fn is_key_store(db: &Db) -> Result<bool, VaultError> {
    match db.one("SELECT store FROM vault_state", &[]).await {
        Ok(found) => Ok(found.is_some()),
        Err(error @ (DbError::Unavailable(_) | DbError::Timeout | DbError::Overloaded)) => Err(error.into()),
        // No such table.
        Err(_) => Ok(false),
    }
}

/// The index key of a store that has none yet.
fn draw(custodian: Custodian, provider: &dyn KekProvider) -> Result<Index, VaultError> {
    let epoch = *provider.epochs().last().ok_or(crate::KekError::NoEpoch(0))?;
    let suite = provider.suite().number();
    let mut key = Zeroizing::new([0; INDEX_KEY]);
    OsRng
        .try_fill_bytes(&mut *key)
        .map_err(|_| VaultError::NoRandomness)?;
    Ok(Index {
        custodian,
        suite,
        epoch,
        wrapped: provider.wrap(epoch, &index_context(custodian, suite, epoch), &*key)?,
    })
}

/// Writes the first state unless it is there, and reads what counts.
async fn first(tx: &mut Tx, fresh: Vec<Index>) -> Result<(String, Vec<Index>), VaultError> {
    let id = Uuid::from_u128(rand::Rng::random(&mut rand::rng()))
        .simple()
        .to_string();
    let insert = "INSERT INTO vault_state (one, store, next_number, head) VALUES (1, $1, 1, 0) \
        ON CONFLICT DO NOTHING";
    tx.exec(insert, &[(&id).into()]).await?;
    for index in &fresh {
        let name = index.custodian.as_str();
        let made = tx
            .exec(
                "INSERT INTO vault_keks (custodian, epoch, target, retired) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                &[
                    name.into(),
                    index.epoch.into(),
                    index.epoch.into(),
                    index.epoch.into(),
                ],
            )
            .await?;
        if made > 0 {
            tx.exec(
                "INSERT INTO vault_indexes (custodian, suite, epoch, wrapped) VALUES ($1, $2, $3, $4)",
                &[
                    name.into(),
                    i64::from(index.suite).into(),
                    index.epoch.into(),
                    (&index.wrapped).into(),
                ],
            )
            .await?;
        }
    }
    let store = tx.one("SELECT store FROM vault_state", &[]).await?;
    let store = store.ok_or(VaultError::Corrupt("no state"))?.text(0)?.to_owned();
    let rows = tx
        .many("SELECT custodian, suite, epoch, wrapped FROM vault_indexes", &[])
        .await?;
    let found = rows.iter().map(|row| {
        Ok(Index {
            custodian: Custodian::parse(row.text(0)?).ok_or(VaultError::Corrupt("an unknown custodian"))?,
            suite: suite(row.int(1)?)?,
            epoch: epoch(row.int(2)?)?,
            wrapped: row.bytes(3)?.to_vec(),
        })
    });
    let found = found.collect::<Result<_, VaultError>>()?;
    Ok((store, found))
}

fn digest(
    custodian: Custodian,
    provider: &Arc<dyn KekProvider>,
    found: &[Index],
    suites: &Suites,
) -> Result<Box<dyn KeyedDigest>, VaultError> {
    let index = found.iter().find(|index| index.custodian == custodian);
    let index = index.ok_or(VaultError::Corrupt("an index key is missing"))?;
    if !provider.epochs().contains(&index.epoch) {
        provider.reload()?;
    }
    let context = index_context(custodian, index.suite, index.epoch);
    let key = provider.unwrap(index.epoch, &context, &index.wrapped)?;
    suites
        .by_number(index.suite)
        .and_then(|suite| suite.digest(&key))
        .ok_or(VaultError::Corrupt("an index key of an unknown suite"))
}
