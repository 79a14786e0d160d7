//! Orphans: subjects that a dead instance had made ahead and never gave to anybody.

use std::future::Future;
use std::time::Duration;

use db::V;
use uuid::Uuid;

use crate::store::KeyStore;
use crate::{LEASE, VaultError};

/// Subjects asked about at once.
const SLICE: i64 = 500;
/// What the sweep waits after it has shut out a dead instance: its lease, twice.
const SHUT_OUT: Duration = LEASE.saturating_mul(2);
/// An instance that gave no sign of life for so long is dead, and its last request
/// has long ended: ten minutes, sixty signs.
pub const DEAD_AFTER: Duration = Duration::from_mins(10);

/// What a sweep found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Instances without a sign of life.
    pub instances: u64,
    /// Subjects of theirs that the data knows.
    pub used: u64,
    /// Subjects that it doesn't, whose keys were destroyed.
    pub orphans: u64,
}

impl KeyStore {
    /// Removes the unused subjects of instances that gave no sign of life for
    /// `dead_after`. `used` tells which of some subjects the data knows; it is asked
    /// after the dead were shut out, so that none of them can still use one.
    ///
    /// With `preview` nothing changes.
    ///
    /// # Errors
    /// What the key store refuses, or `used`.
    pub async fn sweep<F, R>(&self, dead_after: Duration, preview: bool, used: F) -> Result<Swept, VaultError>
    where
        F: Fn(Vec<Uuid>) -> R,
        R: Future<Output = Result<Vec<Uuid>, VaultError>>,
    {
        let age = i64::try_from(dead_after.as_micros()).unwrap_or(i64::MAX);
        let before = self.clock.now_micros().saturating_sub(age);
        let dead = self.dead(before).await?;
        let mut swept = Swept {
            instances: dead.len() as u64,
            ..Swept::default()
        };
        if !preview && !dead.is_empty() {
            for name in &dead {
                self.fence(name).await?;
            }
            tokio::time::sleep(SHUT_OUT).await;
        }
        for name in &dead {
            self.sweep_one(name, preview, &used, &mut swept).await?;
        }
        Ok(swept)
    }

    async fn sweep_one<F, R>(
        &self,
        name: &str,
        preview: bool,
        used: &F,
        swept: &mut Swept,
    ) -> Result<(), VaultError>
    where
        F: Fn(Vec<Uuid>) -> R,
        R: Future<Output = Result<Vec<Uuid>, VaultError>>,
    {
        let mut at = 0;
        loop {
            let made = self.made_by(name, at).await?;
            let Some((last, _)) = made.last() else { break };
            at = *last;
            let all: Vec<Uuid> = made.iter().map(|(_, subject)| *subject).collect();
            let known = used(all.clone()).await?;
            let orphans: Vec<Uuid> = all
                .into_iter()
                .filter(|subject| !known.contains(subject))
                .collect();
            swept.used += known.len() as u64;
            swept.orphans += orphans.len() as u64;
            if !preview {
                self.remove(orphans).await?;
            }
        }
        if preview {
            return Ok(());
        }
        // Only now: a sweep that is killed finds the instance again.
        let fenced = format!("fenced {name}");
        self.db
            .write::<(), db::DbError, _>(move |tx| {
                Box::pin(async move {
                    tx.exec("DELETE FROM vault_instances WHERE id = $1", &[(&fenced).into()])
                        .await
                        .map(drop)
                })
            })
            .await
            .map_err(VaultError::Store)
    }

    async fn dead(&self, before: i64) -> Result<Vec<String>, VaultError> {
        let rows = self
            .db
            .read(move |tx| {
                Box::pin(async move {
                    tx.many(
                        "SELECT id FROM vault_instances WHERE seen_at < $1",
                        &[V::Int(before)],
                    )
                    .await
                })
            })
            .await
            .map_err(VaultError::Store)?;
        rows.iter()
            .map(|row| {
                let id = row.text(0)?;
                Ok(id.strip_prefix("fenced ").unwrap_or(id).to_owned())
            })
            .collect()
    }

    /// Renames the instance's row: it finds itself uncounted and uses no key any more.
    async fn fence(&self, name: &str) -> Result<(), VaultError> {
        let name = name.to_owned();
        self.db
            .write::<u64, db::DbError, _>(move |tx| {
                Box::pin(async move {
                    let fenced = format!("fenced {name}");
                    let sql = "UPDATE vault_instances SET id = $1 WHERE id = $2";
                    tx.exec(sql, &[(&fenced).into(), (&name).into()]).await
                })
            })
            .await?;
        Ok(())
    }

    async fn made_by(&self, name: &str, after: i64) -> Result<Vec<(i64, Uuid)>, VaultError> {
        let name = name.to_owned();
        let rows = self
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let sql = "SELECT number, subject FROM vault_keys WHERE number > $1 AND maker = $2 \
                        ORDER BY number LIMIT $3";
                    tx.many(sql, &[V::Int(after), (&name).into(), V::Int(SLICE)])
                        .await
                })
            })
            .await
            .map_err(VaultError::Store)?;
        rows.iter()
            .map(|row| {
                let subject = Uuid::try_parse(row.text(1)?);
                Ok((
                    row.int(0)?,
                    subject.map_err(|_| VaultError::Corrupt("a subject is no UUID"))?,
                ))
            })
            .collect()
    }

    /// Deletes subjects that nobody was given: they need no tombstone.
    async fn remove(&self, subjects: Vec<Uuid>) -> Result<(), VaultError> {
        self.db
            .write::<(), db::DbError, _>(move |tx| {
                Box::pin(async move {
                    for subject in &subjects {
                        let name = subject.simple().to_string();
                        tx.exec("DELETE FROM vault_keys WHERE subject = $1", &[(&name).into()])
                            .await?;
                    }
                    Ok(())
                })
            })
            .await
            .map_err(VaultError::Store)
    }

    /// An instance's orderly end: what it had made ahead goes, and its row.
    pub(crate) async fn leave(&self, name: &str, unused: Vec<Uuid>) -> Result<(), VaultError> {
        for slice in unused.chunks(256) {
            self.remove(slice.to_vec()).await?;
        }
        let name = name.to_owned();
        self.db
            .write::<u64, db::DbError, _>(move |tx| {
                Box::pin(async move {
                    tx.exec("DELETE FROM vault_instances WHERE id = $1", &[(&name).into()])
                        .await
                })
            })
            .await?;
        Ok(())
    }
}
