//! What an instance asks four times a second: tombstones, epochs, and whether it still counts.

use db::{DbError, Dialect, Tx, V};
use uuid::Uuid;

use super::{KeyStore, epoch};
use crate::{Category, VaultError};

/// Tombstones in one read: about 100 KB.
const MOST: i64 = 1000;

/// How far a custodian's KEKs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epochs {
    /// New wraps take it.
    pub(crate) epoch: u32,
    /// Instances must hold it.
    pub(crate) target: u32,
    /// KEKs below are destroyed.
    pub(crate) retired: u32,
}

/// What is new since a tombstone.
pub(crate) struct News {
    pub(crate) store: String,
    pub(crate) head: i64,
    /// Whether the asking instance's row is there; it is removed before a sweep.
    pub(crate) counted: bool,
    pub(crate) keks: [Epochs; 2],
    pub(crate) tombstones: Vec<Tombstone>,
    /// There are more.
    pub(crate) more: bool,
}

/// A destroyed key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tombstone {
    pub(crate) seq: i64,
    pub(crate) subject: Uuid,
    pub(crate) category: Category,
}

impl KeyStore {
    /// What is new after tombstone `after` for an instance.
    pub(crate) async fn news(&self, instance: &str, after: i64) -> Result<News, VaultError> {
        let instance = instance.to_owned();
        self.db
            .read(move |tx| Box::pin(async move { news(tx, &instance, after).await }))
            .await
    }

    /// Says that an instance lives and which KEKs it holds.
    pub(crate) async fn beat(&self, instance: &str, first: bool) -> Result<(), VaultError> {
        let newest = |at: usize| self.providers[at].epochs().last().copied().unwrap_or_default();
        let (instance, at) = (instance.to_owned(), self.clock.now_micros());
        let (affairs, identity) = (newest(0), newest(1));
        let sql = if first {
            "INSERT INTO vault_instances (id, affairs_epoch, identity_epoch, seen_at) VALUES ($1, $2, $3, $4)"
        } else {
            "UPDATE vault_instances SET affairs_epoch = $2, identity_epoch = $3, seen_at = $4 WHERE id = $1"
        };
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    let values = [(&instance).into(), affairs.into(), identity.into(), V::Int(at)];
                    tx.exec(sql, &values).await.map(drop)
                })
            })
            .await
            .map_err(VaultError::Store)
    }
}

async fn news(tx: &mut Tx, instance: &str, after: i64) -> Result<News, VaultError> {
    if tx.dialect() == Dialect::Postgres {
        // A standby lags behind: what it has not got yet would look as if it did not exist.
        let row = tx.one("SELECT pg_is_in_recovery()::int::bigint", &[]).await?;
        if row.is_none_or(|row| row.int(0) != Ok(0)) {
            return Err(DbError::Unavailable("the key store's server is a standby".to_owned()).into());
        }
    }
    let state = tx
        .one(
            "SELECT store, head, (SELECT count(*) FROM vault_instances WHERE id = $1) FROM vault_state",
            &[instance.into()],
        )
        .await?
        .ok_or(VaultError::Corrupt("no state"))?;
    let keks = tx
        .many(
            "SELECT epoch, target, retired FROM vault_keks ORDER BY custodian",
            &[],
        )
        .await?;
    let keks = keks
        .iter()
        .map(|row| {
            Ok(Epochs {
                epoch: epoch(row.int(0)?)?,
                target: epoch(row.int(1)?)?,
                retired: epoch(row.int(2)?)?,
            })
        })
        .collect::<Result<Vec<_>, VaultError>>()?;
    let tombstones = tx
        .many(
            "SELECT seq, subject, category FROM vault_destroyed WHERE seq > $1 ORDER BY seq LIMIT $2",
            &[after.into(), MOST.into()],
        )
        .await?
        .iter()
        .map(tombstone)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(News {
        store: state.text(0)?.to_owned(),
        head: state.int(1)?,
        counted: state.int(2)? == 1,
        keks: keks
            .try_into()
            .map_err(|_| VaultError::Corrupt("the custodians are not two"))?,
        more: i64::try_from(tombstones.len()).unwrap_or(MOST) == MOST,
        tombstones,
    })
}

fn tombstone(row: &db::Row) -> Result<Tombstone, VaultError> {
    Ok(Tombstone {
        seq: row.int(0)?,
        subject: Uuid::try_parse(row.text(1)?).map_err(|_| VaultError::Corrupt("a subject is no UUID"))?,
        category: Category::parse(row.text(2)?).ok_or(VaultError::Corrupt("an unknown category"))?,
    })
}
