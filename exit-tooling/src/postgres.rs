//! Cleaning a PostgreSQL database of what was deleted: tables, statistics, and the write-ahead log.
//!
//! `VACUUM FULL` writes a table anew and keeps, without a word, every row that an old snapshot may still see: so nobody
//! else may be there ([`alone`]). The log keeps whole rows in its segments, and recycled segments keep their old bytes
//! under new names: every segment that was there has to go.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};

/// Segments beyond those that were there at first, until the log is given up: a checkpoint keeps the one that it is in,
/// and whatever else writes meanwhile takes some.
const SPARE: usize = 64;

/// Looks at what is to come by itself (a setting, a session's end), a tenth of a second apart.
const LOOKS: usize = 50;

/// Why a database is not clean.
#[derive(Debug, thiserror::Error)]
pub enum Unclean {
    /// The server refused; cleaning takes a superuser.
    #[error("the server refuses (cleaning takes a superuser of it)")]
    Server(#[from] sqlx::Error),
    /// Somebody is there.
    #[error("nobody else may be at the database: {0}")]
    NotAlone(String),
    /// Segments of the log stay.
    #[error(
        "{0} segments of the write-ahead log from before the deletion stay: what keeps them (wal_keep_size, archiving, slots) has to end"
    )]
    Log(usize),
}

/// What else may see old rows, or keep the log that has them; each answers how many.
const OTHERS: &[(&str, &str)] = &[
    (
        "other sessions on the database",
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
         AND backend_type = 'client backend'",
    ),
    (
        "sessions elsewhere that hold a snapshot (such as standbys with feedback)",
        "SELECT COUNT(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_xmin IS NOT NULL \
         AND backend_type = 'walsender'",
    ),
    ("prepared transactions", "SELECT COUNT(*) FROM pg_prepared_xacts"),
    ("replication slots", "SELECT COUNT(*) FROM pg_replication_slots"),
];

/// Refuses a database at which anybody else is.
///
/// # Errors
/// [`Unclean`] names who.
pub async fn alone(url: &str) -> Result<(), Unclean> {
    let mut conn = PgConnection::connect(url).await?;
    let free = others(&mut conn).await;
    conn.close().await?;
    free
}

/// The session of a run that was killed goes on until its statement ends: it is waited for.
async fn others(conn: &mut PgConnection) -> Result<(), Unclean> {
    for look in 1.. {
        match others_now(conn).await {
            Err(Unclean::NotAlone(_)) if look < LOOKS => {
                conn.execute("SELECT pg_sleep(0.1)").await?;
            }
            found => return found,
        }
    }
    Ok(())
}

async fn others_now(conn: &mut PgConnection) -> Result<(), Unclean> {
    for (what, sql) in OTHERS {
        let count: i64 = sqlx::query(*sql).fetch_one(&mut *conn).await?.try_get(0)?;
        if count > 0 {
            return Err(Unclean::NotAlone(format!("{count} {what}")));
        }
    }
    Ok(())
}

/// Cleans a database at which nobody else is; gives what was done, in words.
///
/// # Errors
/// [`Unclean`]; run it again when the reason is gone.
pub async fn clean(url: &str) -> Result<Vec<String>, Unclean> {
    let mut conn = PgConnection::connect(url).await?;
    let done = cleaned(&mut conn).await;
    conn.close().await?;
    done
}

async fn cleaned(conn: &mut PgConnection) -> Result<Vec<String>, Unclean> {
    others(conn).await?;
    let tables: Vec<String> = sqlx::query(
        "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables \
         WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1",
    )
    .fetch_all(&mut *conn)
    .await?
    .iter()
    .map(|row| row.try_get(0))
    .collect::<Result<_, _>>()?;
    for table in &tables {
        conn.execute(AssertSqlSafe(format!("VACUUM FULL {table}")))
            .await?;
    }
    // The most common values of a column are values of rows.
    conn.execute("ANALYZE").await?;
    conn.execute("VACUUM FULL pg_catalog.pg_statistic").await?;
    let statements = sqlx::query("SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'");
    let has_statements = statements.fetch_optional(&mut *conn).await?.is_some();
    if has_statements {
        conn.execute("SELECT pg_stat_statements_reset()").await?;
    }
    let segments = log(conn).await?;
    let mut done = vec![
        format!("VACUUM FULL of {} tables", tables.len()),
        "ANALYZE, VACUUM FULL of pg_statistic".to_owned(),
        format!("{segments} segments of the write-ahead log overwritten and removed"),
    ];
    if has_statements {
        done.push("pg_stat_statements reset".to_owned());
    }
    Ok(done)
}

/// Takes the log on until no segment is left that was there; gives how many there were.
async fn log(conn: &mut PgConnection) -> Result<usize, Unclean> {
    unrecycled(conn).await?;
    let begun: String = sqlx::query("SELECT clock_timestamp()::text")
        .fetch_one(&mut *conn)
        .await?
        .try_get(0)?;
    let before = segments(conn).await?;
    let mut left = before.len();
    for _ in 0..before.len() + SPARE {
        // A switch in an empty segment does nothing.
        conn.execute("SELECT pg_logical_emit_message(false, 'backstop', 'exit')")
            .await?;
        conn.execute("SELECT pg_switch_wal()").await?;
        conn.execute("CHECKPOINT").await?;
        left = segments(conn).await?.intersection(&before).count() + older(conn, &begun).await?;
        if left == 0 {
            break;
        }
    }
    conn.execute("ALTER SYSTEM RESET wal_recycle").await?;
    conn.execute("SELECT pg_reload_conf()").await?;
    if left > 0 {
        return Err(Unclean::Log(left));
    }
    Ok(before.len())
}

/// Has segments removed and not recycled: a removed one is gone, a recycled one is there under another name, its bytes
/// with it. A setting comes into force in each process by itself: this one's is looked at, and the checkpointer, which is
/// told at the same moment, gets twice a look's time and a checkpoint in which nothing is asked of it.
async fn unrecycled(conn: &mut PgConnection) -> Result<(), Unclean> {
    conn.execute("ALTER SYSTEM SET wal_recycle = off").await?;
    conn.execute("SELECT pg_reload_conf()").await?;
    for _ in 0..LOOKS {
        let now: String = sqlx::query("SHOW wal_recycle")
            .fetch_one(&mut *conn)
            .await?
            .try_get(0)?;
        if now == "off" {
            break;
        }
        conn.execute("SELECT pg_sleep(0.1)").await?;
    }
    conn.execute("SELECT pg_sleep(0.2)").await?;
    conn.execute("CHECKPOINT").await?;
    Ok(())
}

/// Segments that nobody has written since: recycled ones, which wait for their turn with their old bytes.
async fn older(conn: &mut PgConnection, begun: &str) -> Result<usize, Unclean> {
    let sql = "SELECT COUNT(*) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' \
               AND modification < date_trunc('second', $1::timestamptz)";
    let count: i64 = sqlx::query(sql).bind(begun).fetch_one(conn).await?.try_get(0)?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

async fn segments(conn: &mut PgConnection) -> Result<BTreeSet<String>, Unclean> {
    let rows = sqlx::query("SELECT name FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'")
        .fetch_all(conn)
        .await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}
