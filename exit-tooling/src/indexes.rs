//! Indexes for the time of a purge: of foreign keys that have none, since a parent's row goes only once its children's
//! table was looked through. Nobody else is at the database, and what is cleaned afterwards has them no more.

use db::{Db, DbError};

use crate::tables::WITHOUT_INDEX;

/// Makes them; what a killed run left is as good.
///
/// # Errors
/// Any [`DbError`].
pub(crate) async fn make(db: &Db) -> Result<(), DbError> {
    each(db, |table, column| {
        format!("CREATE INDEX IF NOT EXISTS exit_{table}_{column} ON {table} ({column})")
    })
    .await
}

/// Drops them.
///
/// # Errors
/// Any [`DbError`].
pub(crate) async fn drop(db: &Db) -> Result<(), DbError> {
    each(db, |table, column| {
        format!("DROP INDEX IF EXISTS exit_{table}_{column}")
    })
    .await
}

async fn each(db: &Db, statement: impl Fn(&str, &str) -> String) -> Result<(), DbError> {
    for (table, column) in WITHOUT_INDEX {
        let sql = statement(table, column);
        db.write::<(), DbError, _>(move |tx| Box::pin(async move { tx.batch(&sql).await }))
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use db::{Options, V};

    use super::*;
    use crate::tables::OF_A_CUSTOMER;

    /// The foreign keys to rows of customers by which SQLite would have to look through a whole table.
    async fn slow(db: &Db) -> BTreeSet<(String, String)> {
        let sql = "SELECT t.name, k.\"from\" FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) k \
             WHERE t.type = 'table' AND k.\"table\" IN (SELECT value FROM json_each($1)) AND NOT EXISTS \
             (SELECT 1 FROM pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c \
              WHERE c.seqno = 0 AND c.name = k.\"from\" AND i.partial = 0) AND NOT EXISTS \
             (SELECT 1 FROM pragma_table_info(t.name) p WHERE p.pk = 1 AND p.name = k.\"from\")";
        let parents: Vec<&str> = OF_A_CUSTOMER.iter().map(|table| table.name).collect();
        let parents = serde_json::Value::from(parents).to_string();
        let rows: Result<_, DbError> = db
            .read(move |tx| Box::pin(async move { tx.many(sql, &[V::from(&parents)]).await }))
            .await;
        rows.unwrap()
            .iter()
            .map(|row| (row.text(0).unwrap().to_owned(), row.text(1).unwrap().to_owned()))
            .collect()
    }

    #[tokio::test]
    async fn no_row_goes_only_once_a_whole_table_was_looked_through() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("lending.db").display());
        let db = Db::open(&url, Options::default()).await.unwrap();
        store::schema::migrate(&db).await.unwrap();
        let listed = WITHOUT_INDEX
            .iter()
            .map(|(table, column)| ((*table).to_owned(), (*column).to_owned()));
        assert_eq!(slow(&db).await, listed.collect());
        for _killed_amid in 0..2 {
            make(&db).await.unwrap();
            assert_eq!(slow(&db).await, BTreeSet::new());
        }
        drop(&db).await.unwrap();
        drop(&db).await.unwrap();
        assert_eq!(slow(&db).await.len(), WITHOUT_INDEX.len());
        db.close().await;
    }
}
