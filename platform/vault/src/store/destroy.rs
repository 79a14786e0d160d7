//! Destroying keys: the wrapped key goes and its tombstone comes in one commit.

use db::{Tx, V};
use uuid::Uuid;

use super::KeyStore;
use crate::store::news::Tombstone;
use crate::{Category, VaultError};

impl KeyStore {
    /// Destroys a subject's keys of these categories for good and writes the journal,
    /// for a process that holds no vault; gives the number of the last tombstone.
    /// Every vault over the store refuses them a second later at the latest.
    ///
    /// # Errors
    /// [`VaultError::NoSubject`], the key store's refusal, or, with the key
    /// destroyed already, a journal that cannot be written.
    pub async fn shred(&self, subject: Uuid, categories: &[Category]) -> Result<u64, VaultError> {
        let head = self.destroy(subject, categories).await?;
        if let Some(journal) = &self.journal {
            loop {
                let news = self.news("", journal.seq()).await?;
                journal.add(&news.tombstones)?;
                if !news.more {
                    break;
                }
            }
        }
        Ok(head.unsigned_abs())
    }

    /// Takes a subject's row out of the store once all its keys are destroyed; its tombstones stay. Gives whether
    /// there was one.
    ///
    /// # Errors
    /// What the key store refuses.
    pub async fn bury(&self, subject: Uuid) -> Result<bool, VaultError> {
        let buried = self.db.write::<u64, db::DbError, _>(move |tx| {
            Box::pin(async move {
                let sql = "DELETE FROM vault_keys WHERE subject = $1 AND profile IS NULL AND identity IS NULL \
                           AND affairs IS NULL AND answers IS NULL AND features IS NULL";
                tx.exec(sql, &[(&subject.simple().to_string()).into()]).await
            })
        });
        Ok(buried.await.map_err(VaultError::Store)? > 0)
    }

    /// Destroys keys and gives the last tombstone's number. Repeating it changes nothing.
    pub(crate) async fn destroy(&self, subject: Uuid, categories: &[Category]) -> Result<i64, VaultError> {
        let (categories, at) = (categories.to_vec(), self.clock.now_micros());
        self.db
            .write(move |tx| Box::pin(async move { destroy(tx, subject, &categories, at, true).await }))
            .await
    }

    /// Repeats the destructions that the journal remembers and a restored store has
    /// forgotten; gives how many keys that were.
    pub(crate) async fn destroy_again(&self) -> Result<u64, VaultError> {
        let Some(journal) = &self.journal else {
            return Ok(0);
        };
        let Some(last) = journal.last()? else { return Ok(0) };
        if self.remembers(last).await? {
            return Ok(0);
        }
        tracing::warn!("the key store is older than its journal: destroying again what it has forgotten");
        let mut again = 0;
        for stone in journal.all()? {
            if !self.is_destroyed(stone).await? {
                let at = self.clock.now_micros();
                self.db
                    .write::<i64, VaultError, _>(move |tx| {
                        Box::pin(
                            async move { destroy(tx, stone.subject, &[stone.category], at, false).await },
                        )
                    })
                    .await?;
                again += 1;
            }
        }
        // What comes next must be above everything that the journal has.
        self.db
            .write::<u64, db::DbError, _>(move |tx| {
                let sql = "UPDATE vault_state SET head = $1 WHERE head < $2";
                Box::pin(async move { tx.exec(sql, &[V::Int(last.seq), V::Int(last.seq)]).await })
            })
            .await?;
        Ok(again)
    }

    /// Whether the tombstone stands under its own number: histories that part
    /// don't agree on it.
    async fn remembers(&self, stone: Tombstone) -> Result<bool, VaultError> {
        let sql = "SELECT seq FROM vault_destroyed WHERE seq = $1 AND subject = $2 AND category = $3";
        self.exists(sql, Some(stone.seq), stone).await
    }

    async fn is_destroyed(&self, stone: Tombstone) -> Result<bool, VaultError> {
        let sql = "SELECT seq FROM vault_destroyed WHERE subject = $1 AND category = $2";
        self.exists(sql, None, stone).await
    }

    async fn exists(
        &self,
        sql: &'static str,
        seq: Option<i64>,
        stone: Tombstone,
    ) -> Result<bool, VaultError> {
        let found = self.db.read(move |tx| {
            Box::pin(async move {
                let subject = stone.subject.simple().to_string();
                let mut values: Vec<V<'_>> = seq.map(V::Int).into_iter().collect();
                values.extend([V::Text(&subject), V::Text(stone.category.as_str())]);
                tx.one(sql, &values).await
            })
        });
        Ok(found.await.map_err(VaultError::Store)?.is_some())
    }
}

/// `must_exist` is false when a journal is re-applied: the restored store may
/// never have heard of the subject, and the tombstone counts all the same.
async fn destroy(
    tx: &mut Tx,
    subject: Uuid,
    categories: &[Category],
    at: i64,
    must_exist: bool,
) -> Result<i64, VaultError> {
    let name = subject.simple().to_string();
    // The state's row is locked first and until the commit, so that numbers are in
    // the order of commits: nobody who saw one can miss an earlier one.
    let state = tx
        .one("UPDATE vault_state SET head = head RETURNING head", &[])
        .await?;
    let mut head = state.ok_or(VaultError::Corrupt("no state"))?.int(0)?;
    for category in categories {
        let column = category.as_str();
        let changed = tx
            .exec(
                &format!("UPDATE vault_keys SET {column} = NULL, version = version + 1 WHERE subject = $1"),
                &[(&name).into()],
            )
            .await?;
        if changed == 0 && must_exist {
            return Err(VaultError::NoSubject);
        }
        let new = tx
            .exec(
                "INSERT INTO vault_destroyed (seq, subject, category, at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (subject, category) DO NOTHING",
                &[V::Int(head + 1), (&name).into(), column.into(), V::Int(at)],
            )
            .await?;
        if new > 0 {
            head += 1;
        }
    }
    tx.exec("UPDATE vault_state SET head = $1", &[head.into()])
        .await?;
    Ok(head)
}
