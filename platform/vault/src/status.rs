//! What stands in a key store, in numbers.

use db::{Tx, V};

use crate::store::{KeyStore, epoch};
use crate::{Custodian, VaultError};

/// A key store in numbers; holds nothing about any subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Subjects, those made ahead included.
    pub subjects: u64,
    /// Destroyed keys.
    pub destroyed: u64,
    /// Instances that are known, living or dead.
    pub instances: u64,
    /// Each custodian's KEKs.
    pub keks: Vec<KekStatus>,
}

/// How far a custodian's KEKs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KekStatus {
    /// Whose.
    pub custodian: Custodian,
    /// The epoch that new keys are wrapped under.
    pub epoch: u32,
    /// The epochs that the KEK file holds.
    pub held: Vec<u32>,
    /// Whether a rotation was begun and not ended.
    pub rotating: bool,
    /// The step of it that is next, where its journal says so.
    pub step: Option<String>,
    /// Subjects still wrapped under an older KEK.
    pub behind: u64,
}

impl KeyStore {
    /// Counts. It reads every row once, which takes a second a few million subjects.
    ///
    /// # Errors
    /// What the database refuses.
    pub async fn status(&self) -> Result<Status, VaultError> {
        let mut status = self.db.read(|tx| Box::pin(count(tx))).await?;
        for (kek, provider) in status.keks.iter_mut().zip(&self.providers) {
            kek.held = provider.epochs();
            kek.rotating |= kek.held.len() > 1;
            kek.step = self.at_step(kek.custodian).await?;
        }
        Ok(status)
    }
}

async fn count(tx: &mut Tx) -> Result<Status, VaultError> {
    let counts = "SELECT (SELECT count(*) FROM vault_keys), (SELECT count(*) FROM vault_destroyed), \
        (SELECT count(*) FROM vault_instances)";
    let counts = tx
        .one(counts, &[])
        .await?
        .ok_or(VaultError::Corrupt("no counts"))?;
    let rows = "SELECT custodian, epoch, target, retired FROM vault_keks ORDER BY custodian";
    let rows = tx.many(rows, &[]).await?;
    let mut keks = Vec::new();
    for row in &rows {
        let custodian = Custodian::parse(row.text(0)?).ok_or(VaultError::Corrupt("an unknown custodian"))?;
        let now = epoch(row.int(1)?)?;
        let sql = format!(
            "SELECT count(*) FROM vault_keys WHERE {} < $1",
            crate::store::epoch_column(custodian)
        );
        let behind = tx
            .one(&sql, &[V::from(now)])
            .await?
            .ok_or(VaultError::Corrupt("no count"))?;
        keks.push(KekStatus {
            custodian,
            epoch: now,
            held: Vec::new(),
            rotating: row.int(2)? > row.int(3)?,
            step: None,
            behind: behind.int(0)?.unsigned_abs(),
        });
    }
    Ok(Status {
        subjects: counts.int(0)?.unsigned_abs(),
        destroyed: counts.int(1)?.unsigned_abs(),
        instances: counts.int(2)?.unsigned_abs(),
        keks,
    })
}
