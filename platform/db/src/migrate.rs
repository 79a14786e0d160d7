//! Migrations: one text for both databases, applied once, never edited afterwards.

use crate::handle::Boxed;
use crate::{Db, DbError, Dialect, Tx, V, dialects};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::time::Duration;

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The step's name, unique and never reused.
    pub id: &'static str,
    /// Its SQL. `{blob}` and `{bigserial_pk}` become the dialect's types; lines
    /// after `-- @sqlite` or `-- @postgres`, up to `-- @both`, are that dialect's.
    pub sql: &'static str,
}

impl Migration {
    /// What [`migrate()`] runs on PostgreSQL for this step, as a script: for a schema that is not ours, where whoever
    /// owns it wants to read it first, and where it commits together with more.
    ///
    /// # Errors
    /// [`DbError::Other`] for a section marker that is not known.
    pub fn script(&self, position: i64) -> Result<String, DbError> {
        let text = dialects::text(self.sql, Dialect::Postgres)?;
        let (id, checksum) = (self.id.replace('\'', "''"), checksum(self.sql));
        Ok(format!(
            "{TABLE};\n{text}\nINSERT INTO schema_migrations (id, position, checksum) VALUES ('{id}', {position}, '{checksum}')"
        ))
    }
}

/// Time for one step: building an index over some ten million rows.
const BUDGET: Duration = Duration::from_mins(10);

/// The key under which instances of one PostgreSQL database migrate one at a time:
/// the bytes of "migrate", which no other key uses.
const LOCK: i64 = 0x006d_6967_7261_7465;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations \
    (id TEXT PRIMARY KEY, position BIGINT NOT NULL, checksum TEXT NOT NULL)";

/// Applies the steps that are missing, in order, and gives their ids. Each step is
/// one transaction; instances that start together apply it once.
///
/// # Errors
/// [`DbError::Other`] if an applied step's text has changed since, or a step is
/// listed twice; otherwise what the database refused.
pub async fn migrate(db: &Db, steps: &[Migration]) -> Result<Vec<String>, DbError> {
    all(db, steps).await
}

fn all<'a>(db: &'a Db, steps: &'a [Migration]) -> Boxed<'a, Result<Vec<String>, DbError>> {
    Box::pin(async move {
        let mut applied = Vec::new();
        for (position, step) in steps.iter().enumerate() {
            if steps.iter().take(position).any(|earlier| earlier.id == step.id) {
                return Err(DbError::Other(format!("migration {} is listed twice", step.id)));
            }
            if apply(db, position, *step).await? {
                applied.push(step.id.to_owned());
            }
        }
        Ok(applied)
    })
}

async fn apply(db: &Db, position: usize, step: Migration) -> Result<bool, DbError> {
    let position = i64::try_from(position).map_err(|_| DbError::Other("too many migrations".to_owned()))?;
    db.write_ahead(move |tx| Box::pin(run(tx, position, step)), Some(BUDGET))
        .await
}

async fn run(tx: &mut Tx, position: i64, step: Migration) -> Result<bool, DbError> {
    if tx.dialect() == Dialect::Postgres {
        tx.exec("SELECT pg_advisory_xact_lock($1)", &[V::Int(LOCK)])
            .await?;
    }
    tx.exec(TABLE, &[]).await?;
    let checksum = checksum(step.sql);
    let known = tx
        .one(
            "SELECT checksum FROM schema_migrations WHERE id = $1",
            &[step.id.into()],
        )
        .await?;
    if let Some(known) = known {
        if known.text(0)? == checksum {
            return Ok(false);
        }
        let id = step.id;
        return Err(DbError::Other(format!(
            "migration {id} has changed since it was applied"
        )));
    }
    tx.batch(&dialects::text(step.sql, tx.dialect())?).await?;
    tx.exec(
        "INSERT INTO schema_migrations (id, position, checksum) VALUES ($1, $2, $3)",
        &[step.id.into(), position.into(), (&checksum).into()],
    )
    .await?;
    Ok(true)
}

/// SHA-256 of the text before it is made a dialect's, in hexadecimal.
fn checksum(sql: &str) -> String {
    Sha256::digest(sql.as_bytes())
        .iter()
        .fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
