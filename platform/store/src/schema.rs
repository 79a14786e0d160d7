//! Migrations, and the check of the live schema against the data map.

use db::{Db, DbError, Dialect, Migration};
use vault::data_map::Column;

use crate::{data_map, labels};

/// Where `db::migrate` keeps what it applied.
const MIGRATIONS: &str = "schema_migrations";

/// All migrations in order: tables, evidence, gate (whose triggers need the tables), access.
#[must_use]
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration {
            id: "0001_core",
            sql: include_str!("../migrations/0001_core.sql"),
        },
        Migration {
            id: "0002_analytics",
            sql: include_str!("../migrations/0002_analytics.sql"),
        },
        Migration {
            id: "0003_recovery",
            sql: include_str!("../migrations/0003_recovery.sql"),
        },
        Migration {
            id: "0004_renewals",
            sql: include_str!("../migrations/0004_renewals.sql"),
        },
        Migration {
            id: "0005_exit",
            sql: include_str!("../migrations/0005_exit.sql"),
        },
        evidence::MIGRATION,
        gate::migration(),
        auth::MIGRATION,
    ]
}

/// Applies what is pending; answers the ids that were.
///
/// # Errors
/// Any [`DbError`], also when an applied migration's text has changed since.
pub async fn migrate(db: &Db) -> Result<Vec<String>, DbError> {
    db::migrate(db, &migrations()).await
}

/// The ids of the migrations that are not applied yet.
///
/// # Errors
/// Any [`DbError`].
pub async fn pending(db: &Db) -> Result<Vec<String>, DbError> {
    let applied = live_columns(db).await?;
    if !applied.iter().any(|(table, _)| table == MIGRATIONS) {
        return Ok(migrations().into_iter().map(|step| step.id.to_owned()).collect());
    }
    let sql = format!("SELECT id FROM {MIGRATIONS}");
    let done: Vec<String> = db
        .read(move |tx| {
            Box::pin(async move {
                let rows = tx.many(&sql, &[]).await?;
                rows.iter()
                    .map(|row| Ok::<_, DbError>(row.text(0)?.to_owned()))
                    .collect()
            })
        })
        .await?;
    Ok(migrations()
        .into_iter()
        .map(|step| step.id.to_owned())
        .filter(|id| !done.contains(id))
        .collect())
}

/// What the data map and the live schema disagree about: columns without a
/// class, classes without a column, tables without labels. Empty is good.
///
/// # Errors
/// Any [`DbError`].
pub async fn check_data_map(db: &Db) -> Result<Vec<String>, DbError> {
    compare(db, data_map::COLUMNS).await
}

/// The same of a key store.
///
/// # Errors
/// Any [`DbError`].
pub async fn check_key_map(key_store: &Db) -> Result<Vec<String>, DbError> {
    compare(key_store, data_map::KEY_STORE).await
}

async fn compare(db: &Db, map: &[Column]) -> Result<Vec<String>, DbError> {
    let live = live_columns(db).await?;
    let mut findings: Vec<String> = vault::data_map::unclassified(&live, map)
        .into_iter()
        .map(|(table, column)| format!("column {table}.{column} has no class in the data map"))
        .collect();
    findings.extend(
        labels::unlabelled(map)
            .into_iter()
            .map(|table| format!("table {table} has no labels in the data map")),
    );
    findings.extend(vault::data_map::absent(&live, map).into_iter().map(|known| {
        format!(
            "column {}.{} of the data map is not in the schema",
            known.table, known.column
        )
    }));
    Ok(findings)
}

/// Every column of every table and view that is ours, as the database itself lists them.
async fn live_columns(db: &Db) -> Result<Vec<(String, String)>, DbError> {
    let sql = match db.dialect() {
        Dialect::Sqlite => {
            "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, p.cid"
        }
        Dialect::Postgres => {
            "SELECT table_name::TEXT, column_name::TEXT FROM information_schema.columns \
             WHERE table_schema = 'public' ORDER BY 1, ordinal_position"
        }
    };
    db.read(move |tx| {
        Box::pin(async move {
            let rows = tx.many(sql, &[]).await?;
            rows.iter()
                .map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))
                .collect()
        })
    })
    .await
}
