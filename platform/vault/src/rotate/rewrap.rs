//! Wrapping rows anew, in slices.

use db::{Tx, V};
use uuid::Uuid;

use crate::store::{KeyStore, context, epoch, epoch_column, key_id, suite};
use crate::{Category, Custodian, VaultError};

/// Rows in a commit: on SQLite about 3 ms of the writer, so that others wait no longer.
const SLICE: i64 = 512;
/// Rows in one statement.
const ROWS: usize = 32;

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
    /// Just before the first row below the new epoch, if any is left.
    pub(super) async fn unfinished(&self, custodian: Custodian, to: u32) -> Result<Option<i64>, VaultError> {
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

    /// Wraps the rows after that one anew, as many as fit into a commit.
    pub(super) async fn rewrap(
        &self,
        custodian: Custodian,
        to: u32,
        after: i64,
    ) -> Result<Slice, VaultError> {
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
pub(super) struct Slice {
    pub(super) subjects: u64,
    pub(super) keys: u64,
    /// The last row of it; none if there was no row any more.
    pub(super) last: Option<i64>,
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
