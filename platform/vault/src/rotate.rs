//! Rotating a KEK: every data key is wrapped anew, then the old KEK is destroyed.
//!
//! Steps, each durable and each found done when it is run again after a kill:
//! the next KEK is made; instances pick it up and say so; new wraps take it; rows
//! are re-wrapped in slices, each row naming its epoch, so that the rows themselves are
//! the cursor; a second pass finds nothing; the old epochs are retired; the old KEK is destroyed.

use std::time::Duration;

use db::{Tx, V};
use uuid::Uuid;

use crate::store::{Epochs, KeyStore, context, epoch, epoch_column, index_context, key_id, suite};
use crate::{Category, Custodian, VaultError};

/// Rows in a commit: on SQLite about 3 ms of the writer, so that others wait no longer.
const SLICE: i64 = 512;
/// Rows in one statement.
const ROWS: usize = 32;
/// An instance that gave no sign of life for so long is no reason to wait: six signs.
const SILENT: i64 = 60_000_000;
/// Between two looks at who has the new KEK.
const LOOK: Duration = Duration::from_millis(100);
/// How long instances may take to pick up a new KEK: twenty of their looks.
const PICK_UP: Duration = Duration::from_secs(5);

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// The epoch that counts from now on.
    pub epoch: u32,
    /// Subjects whose keys were wrapped anew in this run.
    pub subjects: u64,
    /// Keys that were.
    pub keys: u64,
}

/// Where a rotation is, for whoever watches; also where a test stops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The new KEK is durable.
    Added,
    /// Instances are asked to hold it.
    Announced,
    /// New wraps take it.
    Switched,
    /// So many subjects were re-wrapped in this run.
    Slice(u64),
    /// No row needs the old KEK.
    Verified,
    /// The old epochs are retired in the store.
    Retired,
    /// The old KEK is destroyed.
    Destroyed,
}

/// A row to re-wrap.
struct Old {
    number: i64,
    subject: Uuid,
    suite: u8,
    version: i64,
    epoch: u32,
    keys: Vec<Option<Vec<u8>>>,
}

/// A row that was re-wrapped.
struct New {
    number: i64,
    version: i64,
    keys: Vec<Option<Vec<u8>>>,
}

impl KeyStore {
    /// Takes the signs of life of all instances out, for who has the store for itself: an instance that was killed a
    /// moment ago would be waited for.
    ///
    /// # Errors
    /// What the key store refuses.
    pub async fn forget_instances(&self) -> Result<u64, VaultError> {
        let gone = self.db.write::<u64, db::DbError, _>(|tx| {
            Box::pin(async move { tx.exec("DELETE FROM vault_instances", &[]).await })
        });
        gone.await.map_err(VaultError::Store)
    }

    /// Rotates a custodian's KEK, or ends a rotation that was interrupted. `watch`
    /// is told of every step. The vaults over the store go on meanwhile.
    ///
    /// # Errors
    /// [`VaultError::Waiting`] if a live instance doesn't get the new KEK; or what
    /// the store or the KEK's provider refuses. Run it again: it goes on.
    pub async fn rotate(
        &self,
        custodian: Custodian,
        mut watch: impl FnMut(Step) + Send,
    ) -> Result<Rotated, VaultError> {
        let provider = self.provider(custodian);
        provider.reload()?;
        let state = self.epochs(custodian).await?;
        let to = if state.target > state.retired {
            state.target
        } else {
            state.epoch + 1
        };
        provider.add(to)?;
        watch(Step::Added);
        self.set(custodian, "target", to).await?;
        watch(Step::Announced);
        self.wait_for_instances(custodian, to).await?;
        if self.epochs(custodian).await?.epoch < to {
            self.switch(custodian, to).await?;
        }
        watch(Step::Switched);
        let (mut subjects, mut keys) = (0, 0);
        // A row that was destroyed in between is skipped by one pass and taken by the next.
        while let Some(mut at) = self.unfinished(custodian, to).await? {
            loop {
                let slice = self.rewrap(custodian, to, at).await?;
                subjects += slice.subjects;
                keys += slice.keys;
                watch(Step::Slice(subjects));
                match slice.last {
                    Some(last) => at = last,
                    None => break,
                }
            }
        }
        watch(Step::Verified);
        self.wait_for_instances(custodian, to).await?;
        self.set(custodian, "retired", to).await?;
        watch(Step::Retired);
        provider.destroy_below(to)?;
        watch(Step::Destroyed);
        Ok(Rotated {
            epoch: to,
            subjects,
            keys,
        })
    }

    /// Does at this process's KEKs what a rotation elsewhere has decided.
    pub(crate) fn follow(&self, keks: [Epochs; 2]) -> Result<(), VaultError> {
        for (provider, state) in self.providers.iter().zip(keks) {
            let held = provider.epochs();
            if held.last().is_none_or(|newest| *newest < state.target) {
                provider.reload()?;
            }
            if held.first().is_some_and(|oldest| *oldest < state.retired) {
                provider.destroy_below(state.retired)?;
            }
        }
        Ok(())
    }

    /// The newest KEK that this process has of each custodian's.
    pub(crate) fn held(&self) -> [Option<u32>; 2] {
        [0, 1].map(|at: usize| self.providers.get(at)?.epochs().last().copied())
    }

    async fn epochs(&self, custodian: Custodian) -> Result<Epochs, VaultError> {
        Ok(self.news("", i64::MAX - 1).await?.keks[custodian.index()])
    }

    async fn set(&self, custodian: Custodian, what: &'static str, to: u32) -> Result<(), VaultError> {
        let sql = format!("UPDATE vault_keks SET {what} = $1 WHERE custodian = $2 AND {what} < $3");
        self.db
            .write::<u64, db::DbError, _>(move |tx| {
                Box::pin(async move {
                    tx.exec(&sql, &[to.into(), custodian.as_str().into(), to.into()])
                        .await
                })
            })
            .await?;
        Ok(())
    }

    /// Lets new wraps take the new KEK, under the lock that inserts take too.
    async fn switch(&self, custodian: Custodian, to: u32) -> Result<(), VaultError> {
        let name = custodian.as_str();
        let old = self.index_of(custodian).await?;
        let key = self.unwrap(custodian, old.1, &index_context(custodian, old.0, old.1), &old.2)?;
        let wrapped = self
            .provider(custodian)
            .wrap(to, &index_context(custodian, old.0, to), &key)?;
        self.db
            .write::<(), db::DbError, _>(move |tx| {
                Box::pin(async move {
                    tx.exec("UPDATE vault_state SET head = head", &[]).await?;
                    tx.exec(
                        "UPDATE vault_indexes SET epoch = $1, wrapped = $2 WHERE custodian = $3",
                        &[to.into(), (&wrapped).into(), name.into()],
                    )
                    .await?;
                    tx.exec(
                        "UPDATE vault_keks SET epoch = $1 WHERE custodian = $2",
                        &[to.into(), name.into()],
                    )
                    .await
                    .map(drop)
                })
            })
            .await
            .map_err(VaultError::Store)
    }

    async fn index_of(&self, custodian: Custodian) -> Result<(u8, u32, Vec<u8>), VaultError> {
        self.db
            .read(move |tx| {
                Box::pin(async move {
                    let sql = "SELECT suite, epoch, wrapped FROM vault_indexes WHERE custodian = $1";
                    let row = tx.one(sql, &[custodian.as_str().into()]).await?;
                    let row = row.ok_or(VaultError::Corrupt("an index key is missing"))?;
                    Ok((suite(row.int(0)?)?, epoch(row.int(1)?)?, row.bytes(2)?.to_vec()))
                })
            })
            .await
    }

    /// Waits until every instance that gives signs of life says that it holds the KEK.
    async fn wait_for_instances(&self, custodian: Custodian, to: u32) -> Result<(), VaultError> {
        let began = tokio::time::Instant::now();
        loop {
            let lacking = self.lacking(custodian, to).await?;
            if lacking.is_empty() {
                return Ok(());
            }
            if began.elapsed() >= PICK_UP {
                return Err(VaultError::Waiting(lacking.join(", ")));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn lacking(&self, custodian: Custodian, to: u32) -> Result<Vec<String>, VaultError> {
        let since = self.clock.now_micros() - SILENT;
        let column = epoch_column(custodian);
        let sql = format!("SELECT id FROM vault_instances WHERE {column} < $1 AND seen_at > $2 LIMIT 100");
        let rows = self
            .db
            .read(move |tx| Box::pin(async move { tx.many(&sql, &[to.into(), V::Int(since)]).await }))
            .await
            .map_err(VaultError::Store)?;
        rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
    }

    /// Just before the first row below the new epoch, if any is left.
    async fn unfinished(&self, custodian: Custodian, to: u32) -> Result<Option<i64>, VaultError> {
        let column = epoch_column(custodian);
        let sql =
            format!("SELECT number, {column} FROM vault_keys WHERE number > $1 ORDER BY number LIMIT 4096");
        let mut at = 0;
        loop {
            let sql = sql.clone();
            let rows = self
                .db
                .read(move |tx| Box::pin(async move { tx.many(&sql, &[V::Int(at)]).await }))
                .await
                .map_err(VaultError::Store)?;
            for row in &rows {
                if row.int(1)? < i64::from(to) {
                    return Ok(Some(row.int(0)? - 1));
                }
                at = row.int(0)?;
            }
            if rows.is_empty() {
                return Ok(None);
            }
        }
    }

    async fn rewrap(&self, custodian: Custodian, to: u32, after: i64) -> Result<Slice, VaultError> {
        let old = self.slice(custodian, to, after).await?;
        let Some(last) = old.last().map(|row| row.number) else {
            return Ok(Slice::default());
        };
        let (mut new, mut keys) = (Vec::with_capacity(old.len()), 0);
        for row in &old {
            let mut wrapped = Vec::with_capacity(row.keys.len());
            for (category, key) in custodian.categories().zip(&row.keys) {
                let Some(key) = key else {
                    wrapped.push(None);
                    continue;
                };
                let id = key_id(row.number, category);
                let plain = self.unwrap(
                    custodian,
                    row.epoch,
                    &context(row.subject, category, id, row.suite, row.epoch),
                    key,
                )?;
                let bound = context(row.subject, category, id, row.suite, to);
                wrapped.push(Some(self.provider(custodian).wrap(to, &bound, &plain)?));
                keys += 1;
            }
            new.push(New {
                number: row.number,
                version: row.version,
                keys: wrapped,
            });
        }
        let subjects = self
            .db
            .write(move |tx| Box::pin(async move { put(tx, custodian, to, &new).await }))
            .await?;
        Ok(Slice {
            subjects,
            keys,
            last: Some(last),
        })
    }

    async fn slice(&self, custodian: Custodian, to: u32, after: i64) -> Result<Vec<Old>, VaultError> {
        let (epoch_at, columns) = (epoch_column(custodian), columns(custodian).join(", "));
        let sql = format!(
            "SELECT number, subject, suite, version, {epoch_at}, {columns} FROM vault_keys \
             WHERE number > $1 AND {epoch_at} < $2 ORDER BY number LIMIT $3"
        );
        let rows = self
            .db
            .read(move |tx| {
                Box::pin(async move { tx.many(&sql, &[V::Int(after), to.into(), V::Int(SLICE)]).await })
            })
            .await
            .map_err(VaultError::Store)?;
        let old = rows.iter().map(|row| {
            let keys =
                (0..custodian.categories().count()).map(|at| Ok(row.opt_bytes(5 + at)?.map(<[u8]>::to_vec)));
            Ok(Old {
                number: row.int(0)?,
                subject: Uuid::try_parse(row.text(1)?)
                    .map_err(|_| VaultError::Corrupt("a subject is no UUID"))?,
                suite: suite(row.int(2)?)?,
                version: row.int(3)?,
                epoch: epoch(row.int(4)?)?,
                keys: keys.collect::<Result<_, VaultError>>()?,
            })
        });
        old.collect()
    }
}

/// What one slice did.
#[derive(Default)]
struct Slice {
    subjects: u64,
    keys: u64,
    last: Option<i64>,
}

fn columns(custodian: Custodian) -> Vec<&'static str> {
    custodian.categories().map(Category::as_str).collect()
}

/// Writes a slice. A row that was destroyed since it was read has
/// another version and is left alone: its key must not come back.
async fn put(tx: &mut Tx, custodian: Custodian, to: u32, rows: &[New]) -> Result<u64, VaultError> {
    let mut changed = 0;
    for rows in rows.chunks(ROWS) {
        let mut values: Vec<V<'_>> = vec![to.into(), to.into()];
        for row in rows {
            values.extend([V::Int(row.number), V::Int(row.version)]);
            values.extend(row.keys.iter().map(V::from));
        }
        changed += tx.exec(&put_text(custodian, rows.len()), &values).await?;
    }
    Ok(changed)
}

fn put_text(custodian: Custodian, rows: usize) -> String {
    let columns = columns(custodian);
    let width = columns.len() + 2;
    let places = (0..rows).map(|row| {
        let places: Vec<String> = (0..width)
            .map(|at| format!("${}", 3 + row * width + at))
            .collect();
        format!("({})", places.join(", "))
    });
    let places: Vec<String> = places.collect();
    let sets: Vec<String> = columns
        .iter()
        .map(|column| format!("{column} = new.{column}"))
        .collect();
    let epoch = epoch_column(custodian);
    format!(
        "WITH new (number, version, {}) AS (VALUES {}) UPDATE vault_keys SET {}, {epoch} = $1 FROM new \
         WHERE vault_keys.number = new.number AND vault_keys.version = new.version \
         AND vault_keys.{epoch} < $2",
        columns.join(", "),
        places.join(", "),
        sets.join(", "),
    )
}
