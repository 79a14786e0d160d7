//! Three pools: for writes, for the switch, for reads.

use super::errors;
use crate::{DbError, Options, failpoint};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool, Row};
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::time::Duration;

/// Statements kept prepared per connection, as on SQLite.
const STATEMENTS: usize = 512;

/// Connections kept for the switch: one that orders and one that asks.
const FIRST: u32 = 2;

/// After this long idle a read connection is tried before use: a server that was
/// restarted in between has closed it.
const STALE: Duration = Duration::from_secs(1);

pub(crate) struct Pools {
    pub(crate) writes: PgPool,
    pub(crate) first: PgPool,
    pub(crate) reads: PgPool,
}

type Checked<'c> = Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send + 'c>>;

/// Connects once to see that a primary answers, then opens the pools.
pub(crate) async fn open(url: &str, options: &Options) -> Result<Pools, DbError> {
    let connect = connect_options(url, options)?;
    let probe = super::session::bounded(options.wait, PgConnection::connect_with(&connect));
    let mut probe = probe.await.map_err(errors::map)?;
    primary(&mut probe)
        .await
        .map_err(|error| DbError::Unavailable(error.to_string()))?;
    probe.close().await.map_err(errors::map)?;

    let pool = |size: u32| {
        PgPoolOptions::new()
            .max_connections(size)
            .acquire_timeout(options.wait)
            .test_before_acquire(false)
    };
    let writes =
        pool(count(options.writers)).after_connect(|conn, _| -> Checked<'_> { Box::pin(primary(conn)) });
    let first = pool(FIRST)
        .min_connections(1)
        .after_connect(|conn, _| -> Checked<'_> { Box::pin(primary(conn)) });
    let reads = pool(count(options.readers)).before_acquire(|conn, meta| {
        Box::pin(async move {
            if meta.idle_for > STALE {
                conn.ping().await?;
            }
            Ok(true)
        })
    });
    Ok(Pools {
        writes: writes.connect_lazy_with(connect.clone()),
        first: first.connect_lazy_with(connect.clone()),
        reads: reads.connect_lazy_with(connect.options([("default_transaction_read_only", "on")])),
    })
}

fn connect_options(url: &str, options: &Options) -> Result<PgConnectOptions, DbError> {
    // The parser's error quotes the address, and with it the password.
    let connect = PgConnectOptions::from_str(url)
        .map_err(|_| DbError::Other("the database address is not understood".to_owned()))?;
    let connect = super::tls::secure(connect, url)
        .application_name("backstop")
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging()
        .options([
            ("default_transaction_isolation", "read committed".to_owned()),
            ("statement_timeout", format!("{}ms", options.wait.as_millis())),
            ("lock_timeout", format!("{}ms", options.budget.as_millis())),
            // A process that hangs inside a transaction must not hold the gate's lock.
            (
                "idle_in_transaction_session_timeout",
                format!("{}ms", options.wait.as_millis()),
            ),
        ]);
    Ok(match failpoint::armed(failpoint::WEAK_SYNC) {
        true => connect.options([("synchronous_commit", "off")]),
        false => connect,
    })
}

/// Refuses a standby: after a failover the old address may lead to one.
async fn primary(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    let row = sqlx::query("SELECT pg_is_in_recovery()").fetch_one(conn).await?;
    if row.try_get::<bool, _>(0)? {
        let reason = "the server is a standby, not a primary";
        return Err(sqlx::Error::Io(std::io::Error::other(reason)));
    }
    Ok(())
}

fn count(size: usize) -> u32 {
    u32::try_from(size.max(1)).unwrap_or(u32::MAX)
}
