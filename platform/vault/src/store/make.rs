//! Making subjects: random keys, wrapped, many in one commit.

use std::sync::Arc;

use db::{Tx, V};
use rand::{TryRngCore, rngs::OsRng};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{KeyStore, context, epoch, key_id};
use crate::keys::{DataKey, Subject};
use crate::lease::Lease;
use crate::suite::Suite;
use crate::{Category, Custodian, VaultError};

/// Subjects that were made and are durable.
pub(crate) struct Made {
    pub(crate) subjects: Vec<Subject>,
}

/// A subject before its insert.
struct Fresh {
    id: Uuid,
    keys: [Zeroizing<Vec<u8>>; 5],
}

/// A row to insert.
struct Wrapped {
    number: i64,
    subject: String,
    keys: [Vec<u8>; 5],
}

/// The numbers of a batch, and the epochs under which it must be wrapped.
struct Reserved {
    first: i64,
    epochs: [u32; 2],
}

/// Rows in one statement: more would save nothing, and its text is kept prepared.
const ROWS: usize = 32;

impl KeyStore {
    /// Makes subjects with all their keys. They are reserved first and wrapped
    /// outside any transaction; the insert is refused when a rotation has moved on
    /// in between, and is then made anew.
    pub(crate) async fn make(
        &self,
        maker: &str,
        ids: Vec<Uuid>,
        lease: &Arc<Lease>,
    ) -> Result<Made, VaultError> {
        let suite = self.providers[0].suite();
        let fresh = ids
            .into_iter()
            .map(|id| draw(id, &*suite))
            .collect::<Result<Vec<_>, _>>()?;
        loop {
            let reserved = self.reserve(fresh.len()).await?;
            let rows = self.wrap(&fresh, &*suite, &reserved)?;
            let (maker, number, epochs) = (maker.to_owned(), suite.number(), reserved.epochs);
            let inserted = self
                .db
                .write(move |tx| Box::pin(async move { insert(tx, &maker, number, epochs, &rows).await }))
                .await?;
            if inserted {
                return Ok(made(fresh, reserved.first, &suite, lease));
            }
        }
    }

    async fn reserve(&self, count: usize) -> Result<Reserved, VaultError> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.db.write(move |tx| Box::pin(reserve(tx, count))).await
    }

    fn wrap(
        &self,
        fresh: &[Fresh],
        suite: &dyn Suite,
        reserved: &Reserved,
    ) -> Result<Vec<Wrapped>, VaultError> {
        for custodian in Custodian::ALL {
            let provider = self.provider(custodian);
            if !provider.epochs().contains(&reserved.epochs[custodian.index()]) {
                provider.reload()?;
            }
        }
        let rows = (reserved.first..).zip(fresh).map(|(number, fresh)| {
            let mut keys: [Vec<u8>; 5] = Default::default();
            for ((category, key), wrapped) in Category::ALL.into_iter().zip(&fresh.keys).zip(&mut keys) {
                let custodian = category.custodian();
                let epoch = reserved.epochs[custodian.index()];
                let bound = context(
                    fresh.id,
                    category,
                    key_id(number, category),
                    suite.number(),
                    epoch,
                );
                *wrapped = self.provider(custodian).wrap(epoch, &bound, key)?;
            }
            Ok(Wrapped {
                number,
                subject: fresh.id.simple().to_string(),
                keys,
            })
        });
        rows.collect()
    }
}

fn draw(id: Uuid, suite: &dyn Suite) -> Result<Fresh, VaultError> {
    let mut keys: [Zeroizing<Vec<u8>>; 5] = Default::default();
    for key in &mut keys {
        *key = Zeroizing::new(vec![0; suite.key_length()]);
        OsRng.try_fill_bytes(key).map_err(|_| VaultError::NoRandomness)?;
    }
    Ok(Fresh { id, keys })
}

fn made(fresh: Vec<Fresh>, first: i64, suite: &Arc<dyn Suite>, lease: &Arc<Lease>) -> Made {
    let subjects = (first..).zip(fresh).map(|(number, fresh)| {
        let mut keys = Category::ALL
            .into_iter()
            .zip(fresh.keys)
            .map(|(category, material)| Some(DataKey::new(key_id(number, category), material)));
        let keys = std::array::from_fn(|_| keys.next().flatten());
        Subject::new(fresh.id, Arc::clone(suite), keys, Arc::clone(lease))
    });
    Made {
        subjects: subjects.collect(),
    }
}

async fn reserve(tx: &mut Tx, count: i64) -> Result<Reserved, VaultError> {
    let row = tx
        .one(
            "UPDATE vault_state SET next_number = next_number + $1 RETURNING next_number - $2",
            &[count.into(), count.into()],
        )
        .await?;
    let first = row.ok_or(VaultError::Corrupt("no state"))?.int(0)?;
    Ok(Reserved {
        first,
        epochs: epochs(tx).await?,
    })
}

/// The epochs that new wraps take now.
async fn epochs(tx: &mut Tx) -> Result<[u32; 2], VaultError> {
    let rows = tx
        .many("SELECT epoch FROM vault_keks ORDER BY custodian", &[])
        .await?;
    match rows.as_slice() {
        [affairs, identity] => Ok([epoch(affairs.int(0)?)?, epoch(identity.int(0)?)?]),
        _ => Err(VaultError::Corrupt("the custodians are not two")),
    }
}

/// Inserts the rows, unless a rotation has moved on: the state's row is locked
/// first, which whoever moves on locks as well.
async fn insert(
    tx: &mut Tx,
    maker: &str,
    suite: u8,
    wrapped_under: [u32; 2],
    rows: &[Wrapped],
) -> Result<bool, VaultError> {
    tx.exec("UPDATE vault_state SET head = head", &[]).await?;
    if epochs(tx).await? != wrapped_under {
        return Ok(false);
    }
    let suite = i64::from(suite);
    for rows in rows.chunks(ROWS) {
        let mut values: Vec<V<'_>> = vec![
            maker.into(),
            suite.into(),
            wrapped_under[0].into(),
            wrapped_under[1].into(),
        ];
        for row in rows {
            values.extend([V::Int(row.number), V::Text(&row.subject)]);
            values.extend(row.keys.iter().map(|key| V::Bytes(key)));
        }
        tx.exec(&insert_text(rows.len()), &values).await?;
    }
    Ok(true)
}

fn insert_text(rows: usize) -> String {
    let mut sql = "INSERT INTO vault_keys (number, subject, maker, suite, version, affairs_epoch, \
        identity_epoch, profile, identity, affairs, answers, features) VALUES "
        .to_owned();
    for row in 0..rows {
        let at = 5 + row * 7;
        let comma = if row == 0 { "" } else { ", " };
        sql.push_str(&format!(
            "{comma}(${at}, ${}, $1, $2, 0, $3, $4, ${}, ${}, ${}, ${}, ${})",
            at + 1,
            at + 2,
            at + 3,
            at + 4,
            at + 5,
            at + 6
        ));
    }
    sql
}
