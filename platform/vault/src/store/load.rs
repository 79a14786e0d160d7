//! Reading one subject's keys.

use std::sync::Arc;

use uuid::Uuid;

use super::{KeyStore, context, epoch, key_id, suite};
use crate::keys::{DataKey, Subject};
use crate::lease::Lease;
use crate::{Category, Custodian, VaultError};

/// A subject's keys and the last tombstone when they were read.
pub(crate) struct Loaded {
    pub(crate) subject: Arc<Subject>,
    pub(crate) head: i64,
}

/// One statement, so that keys and head are of one snapshot on both databases.
const READ: &str = "SELECT number, suite, affairs_epoch, identity_epoch, \
    profile, identity, affairs, answers, features, (SELECT head FROM vault_state) \
    FROM vault_keys WHERE subject = $1";

impl KeyStore {
    /// A subject's keys for work that takes less than [`crate::LEASE`], for a process that holds no vault.
    ///
    /// # Errors
    /// [`VaultError::NoSubject`], or the key store's refusal.
    pub async fn keys_for_now(&self, subject: Uuid) -> Result<crate::Keys, VaultError> {
        let lease = Arc::new(Lease::none());
        lease.renew(std::time::Instant::now());
        Ok(crate::Keys(self.load(subject, &lease).await?.subject))
    }

    pub(crate) async fn load(&self, subject: Uuid, lease: &Arc<Lease>) -> Result<Loaded, VaultError> {
        let name = subject.simple().to_string();
        let row = self.db.one(READ, &[(&name).into()]).await;
        let row = row.map_err(VaultError::Store)?.ok_or(VaultError::NoSubject)?;
        let (number, number_of_suite) = (row.int(0)?, suite(row.int(1)?)?);
        let under = [epoch(row.int(2)?)?, epoch(row.int(3)?)?];
        let suite = self
            .suites
            .by_number(number_of_suite)
            .ok_or(VaultError::Corrupt("a key of an unknown suite"))?;
        let mut keys: [Option<DataKey>; 5] = Default::default();
        for (category, slot) in Category::ALL.into_iter().zip(&mut keys) {
            let Some(wrapped) = row.opt_bytes(4 + category.index())? else {
                continue;
            };
            let custodian: Custodian = category.custodian();
            let (id, epoch) = (key_id(number, category), under[custodian.index()]);
            let bound = context(subject, category, id, number_of_suite, epoch);
            let material = self.unwrap(custodian, epoch, &bound, wrapped)?;
            if material.len() != suite.key_length() {
                return Err(VaultError::Corrupt("a key of another length than its suite's"));
            }
            *slot = Some(DataKey::new(id, material));
        }
        Ok(Loaded {
            subject: Arc::new(Subject::new(subject, suite, keys, Arc::clone(lease))),
            head: row.int(9)?,
        })
    }
}
