//! Journals in a database.

use db::{Db, DbError, Row, Tx};

use crate::memory::same;
use crate::store::{Answer, Append, Entry, Header, LONGEST_CONTEXT, Lease, MOST_ENTRIES, Store, StoreError};

/// A store over SQLite or PostgreSQL; its tables are [`crate::MIGRATIONS`].
#[derive(Clone)]
pub struct Journal(Db);

impl Journal {
    /// Over a database that has the tables.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self(db)
    }
}

impl Store for Journal {
    fn create<'a>(&'a self, header: &'a Header) -> Answer<'a, ()> {
        let header = header.clone();
        Box::pin(async move {
            self.0
                .write(move |tx| Box::pin(async move { create(tx, &header).await }))
                .await
        })
    }

    fn lease<'a>(&'a self, saga: &'a str, holder: &'a str, now: i64, until: i64) -> Answer<'a, Lease> {
        let (saga, holder) = (saga.to_owned(), holder.to_owned());
        Box::pin(async move {
            self.0
                .write(move |tx| Box::pin(async move { lease(tx, saga, &holder, (now, until)).await }))
                .await
        })
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: i64) -> Answer<'a, ()> {
        let lease = lease.clone();
        Box::pin(async move {
            let sql =
                "UPDATE saga_sagas SET lease_until = $1 WHERE id = $2 AND fence = $3 AND holder IS NOT NULL";
            let renewed = self.0.write(move |tx| {
                Box::pin(async move {
                    let values = [until.into(), (&lease.saga).into(), lease.fence.into()];
                    tx.exec(sql, &values).await.map_err(StoreError::from)
                })
            });
            if renewed.await? == 1 {
                Ok(())
            } else {
                Err(StoreError::Lost)
            }
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        let lease = lease.clone();
        Box::pin(async move {
            // Whoever gave it back writes no more, though nobody has taken it yet: so the fence grows here, too.
            let sql = "UPDATE saga_sagas SET holder = NULL, lease_until = 0, fence = fence + 1 \
                       WHERE id = $1 AND fence = $2";
            let released = self.0.write(move |tx| {
                Box::pin(async move {
                    let values = [(&lease.saga).into(), lease.fence.into()];
                    tx.exec(sql, &values).await.map_err(StoreError::from)
                })
            });
            released.await.map(drop)
        })
    }

    fn append<'a>(&'a self, lease: &'a Lease, what: &'a Append) -> Answer<'a, ()> {
        let (lease, what) = (lease.clone(), what.clone());
        Box::pin(async move {
            self.0
                .write(move |tx| Box::pin(async move { append(tx, &lease, &what).await }))
                .await
        })
    }

    fn load<'a>(&'a self, saga: &'a str) -> Answer<'a, (Header, Vec<Entry>)> {
        let saga = saga.to_owned();
        Box::pin(async move {
            self.0
                .read(move |tx| Box::pin(async move { load(tx, &saga).await }))
                .await
        })
    }

    fn list(&self, most: u32) -> Answer<'_, Vec<Header>> {
        Box::pin(async move {
            let sql = format!("SELECT {HEADER} FROM saga_sagas ORDER BY begun_at DESC, id DESC LIMIT $1");
            let rows = self.0.read(move |tx| {
                Box::pin(async move { tx.many(&sql, &[most.into()]).await.map_err(StoreError::from) })
            });
            let headers = rows.await?.iter().map(header).collect::<Result<_, DbError>>();
            Ok(headers?)
        })
    }
}

const HEADER: &str = "id, kind, plan, context, begun_by, begun_at, seq, standing, holder, lease_until";

fn header(row: &Row) -> Result<Header, DbError> {
    let until = row.int(9)?;
    Ok(Header {
        id: row.text(0)?.to_owned(),
        kind: row.text(1)?.to_owned(),
        plan: row.text(2)?.to_owned(),
        context: row.text(3)?.to_owned(),
        by: row.text(4)?.to_owned(),
        at: row.int(5)?,
        seq: row.int(6)?,
        standing: row.text(7)?.to_owned(),
        held: row.opt_text(8)?.map(|holder| (holder.to_owned(), until)),
    })
}

async fn find(tx: &mut Tx, saga: &str) -> Result<Option<Header>, StoreError> {
    let sql = format!("SELECT {HEADER} FROM saga_sagas WHERE id = $1");
    let row = tx.one(&sql, &[saga.into()]).await?;
    Ok(row.as_ref().map(header).transpose()?)
}

async fn create(tx: &mut Tx, new: &Header) -> Result<(), StoreError> {
    if new.context.len() > LONGEST_CONTEXT {
        return Err(StoreError::TooLong("context"));
    }
    let sql = "INSERT INTO saga_sagas (id, kind, plan, context, begun_by, begun_at, seq, standing, lease_until, fence) \
               VALUES ($1, $2, $3, $4, $5, $6, 0, $7, 0, 0) ON CONFLICT (id) DO NOTHING";
    let values = [
        (&new.id).into(),
        (&new.kind).into(),
        (&new.plan).into(),
        (&new.context).into(),
        (&new.by).into(),
        new.at.into(),
        (&new.standing).into(),
    ];
    if tx.exec(sql, &values).await? == 1 {
        return Ok(());
    }
    let there = find(tx, &new.id).await?.ok_or(StoreError::Unknown)?;
    same(&there, new)
}

async fn lease(
    tx: &mut Tx,
    saga: String,
    holder: &str,
    (now, until): (i64, i64),
) -> Result<Lease, StoreError> {
    let sql = "UPDATE saga_sagas SET holder = $1, lease_until = $2, fence = fence + 1 \
               WHERE id = $3 AND (holder IS NULL OR lease_until <= $4) RETURNING fence";
    let values = [holder.into(), until.into(), (&saga).into(), now.into()];
    if let Some(row) = tx.one(sql, &values).await? {
        let fence = row.int(0)?;
        return Ok(Lease { saga, fence });
    }
    let there = find(tx, &saga).await?.ok_or(StoreError::Unknown)?;
    let (by, until) = there.held.unwrap_or_default();
    Err(StoreError::Held { by, until })
}

async fn append(tx: &mut Tx, lease: &Lease, what: &Append) -> Result<(), StoreError> {
    if what.seq > MOST_ENTRIES {
        return Err(StoreError::TooLong("journal"));
    }
    // The row is locked by this statement, so that a lease that is taken meanwhile waits, or is seen here.
    let sql = "UPDATE saga_sagas SET seq = $1, standing = $2, lease_until = $3 WHERE id = $4 AND fence = $5 AND seq = $6";
    let values = [
        what.seq.into(),
        what.standing.into(),
        what.until.into(),
        (&lease.saga).into(),
        lease.fence.into(),
        what.seq.saturating_sub(1).into(),
    ];
    if tx.exec(sql, &values).await? != 1 {
        let sql = "SELECT fence FROM saga_sagas WHERE id = $1";
        let row = tx.one(sql, &[(&lease.saga).into()]).await?;
        let fence = row.ok_or(StoreError::Unknown)?.int(0)?;
        let lost = fence != lease.fence;
        return Err(if lost {
            StoreError::Lost
        } else {
            StoreError::Sequence
        });
    }
    let event = serde_json::to_string(&what.event).map_err(|_| StoreError::Row("saga_entries"))?;
    let sql = "INSERT INTO saga_entries (saga, seq, at, fence, event) VALUES ($1, $2, $3, $4, $5)";
    let values = [
        (&lease.saga).into(),
        what.seq.into(),
        what.at.into(),
        lease.fence.into(),
        (&event).into(),
    ];
    tx.exec(sql, &values).await?;
    Ok(())
}

async fn load(tx: &mut Tx, saga: &str) -> Result<(Header, Vec<Entry>), StoreError> {
    // The header first: what is appended after it is beyond its number, and left out.
    let header = find(tx, saga).await?.ok_or(StoreError::Unknown)?;
    let sql = "SELECT seq, at, fence, event FROM saga_entries WHERE saga = $1 AND seq <= $2 ORDER BY seq";
    let rows = tx.many(sql, &[saga.into(), header.seq.into()]).await?;
    let entry = |row: &Row| {
        Ok(Entry {
            seq: row.int(0)?,
            at: row.int(1)?,
            fence: row.int(2)?,
            event: serde_json::from_str(row.text(3)?).map_err(|_| StoreError::Row("saga_entries"))?,
        })
    };
    let entries = rows.iter().map(entry).collect::<Result<_, StoreError>>()?;
    Ok((header, entries))
}
