//! The key store: wrapped data keys, tombstones and the state of rotations, in a
//! database of their own.

mod destroy;
mod load;
mod make;
mod news;
mod open;

use std::sync::Arc;

use base::clock::Clock;
use db::{Db, Migration};
use uuid::Uuid;

use crate::journal::Journal;
use crate::kek::KekProvider;
use crate::suite::{KeyedDigest, Suites};
use crate::{Category, Custodian, VaultError};

pub(crate) use news::{Epochs, Tombstone};
pub use open::is_key_store;

/// The key store's schema.
const MIGRATION: Migration = Migration {
    id: "vault_0001_key_store",
    sql: include_str!("../../migrations/0001_key_store.sql"),
};

/// All tables of a key store: its own, and the journals of its rotations.
#[must_use]
pub(crate) fn migrations() -> Vec<Migration> {
    [&[MIGRATION], saga::MIGRATIONS].concat()
}

/// What a key store is opened with.
pub struct Parts {
    /// Its database: never the data's.
    pub db: Db,
    /// Who wraps what belongs to affairs.
    pub affairs: Arc<dyn KekProvider>,
    /// Who wraps what identifies persons.
    pub identity: Arc<dyn KekProvider>,
    /// The suites that this process knows.
    pub suites: Suites,
    /// The time.
    pub clock: Clock,
    /// File that remembers destroyed keys when the store is restored from an older
    /// backup; kept with the KEK files, never in the store's backup.
    pub journal: Option<std::path::PathBuf>,
}

/// The key store and who wraps its keys.
pub struct KeyStore {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) suites: Suites,
    pub(crate) providers: [Arc<dyn KekProvider>; 2],
    pub(crate) journal: Option<Journal>,
    pub(crate) indexes: [Box<dyn KeyedDigest>; 2],
    pub(crate) identity: String,
}

impl KeyStore {
    pub(crate) fn provider(&self, custodian: Custodian) -> &dyn KekProvider {
        match custodian {
            Custodian::Affairs => &*self.providers[0],
            Custodian::Identity => &*self.providers[1],
        }
    }

    /// Unwraps; a KEK that another process added is looked for once.
    pub(crate) fn unwrap(
        &self,
        custodian: Custodian,
        epoch: u32,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, VaultError> {
        let provider = self.provider(custodian);
        if !provider.epochs().contains(&epoch) {
            provider.reload()?;
        }
        Ok(provider.unwrap(epoch, context, wrapped)?)
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

/// What a wrapped data key is bound to.
pub(crate) fn context(subject: Uuid, category: Category, key_id: u64, suite: u8, epoch: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(80);
    bytes.extend_from_slice(b"backstop data key 1");
    bytes.push(suite);
    bytes.extend_from_slice(&epoch.to_be_bytes());
    bytes.extend_from_slice(&key_id.to_be_bytes());
    bytes.extend_from_slice(subject.as_bytes());
    bytes.extend_from_slice(category.custodian().as_str().as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(category.as_str().as_bytes());
    bytes
}

/// What a wrapped index key is bound to.
pub(crate) fn index_context(custodian: Custodian, suite: u8, epoch: u32) -> Vec<u8> {
    let mut bytes = b"backstop index key 1".to_vec();
    bytes.push(suite);
    bytes.extend_from_slice(&epoch.to_be_bytes());
    bytes.extend_from_slice(custodian.as_str().as_bytes());
    bytes
}

/// The name of one of a subject's keys in sealed fields: its number and its category.
pub(crate) fn key_id(number: i64, category: Category) -> u64 {
    number.unsigned_abs() * 8 + category.index() as u64
}

/// The column of a custodian's epoch.
pub(crate) const fn epoch_column(custodian: Custodian) -> &'static str {
    match custodian {
        Custodian::Affairs => "affairs_epoch",
        Custodian::Identity => "identity_epoch",
    }
}

/// An epoch as the store holds it.
pub(crate) fn epoch(value: i64) -> Result<u32, VaultError> {
    u32::try_from(value).map_err(|_| VaultError::Corrupt("an epoch is no small number"))
}

/// A suite's number as the store holds it.
pub(crate) fn suite(value: i64) -> Result<u8, VaultError> {
    u8::try_from(value).map_err(|_| VaultError::Corrupt("a suite is no small number"))
}
