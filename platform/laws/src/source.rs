//! Reads a database as it is: one connection, one snapshot, every value as text.
//!
//! Text is the one shape that both databases give without loss: a PostgreSQL
//! sum is `numeric`, wider than 64 bits, and must not be cut on its way.

mod stream;

pub use stream::Table;

use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use sqlx::{PgConnection, SqliteConnection};

/// How long to wait for a server to accept the connection. A local server
/// answers in milliseconds; one that needs longer is not reachable for an audit.
const CONNECT: Duration = Duration::from_secs(10);

/// Rows that SQLite's thread may read ahead: it saves a thread switch per row.
const READ_AHEAD: usize = 4096;

/// Why a database can't be read. The texts fit "failed to read the database: …".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The URL is of neither kind.
    #[error("the URL must begin with sqlite: or postgres://")]
    Url,
    /// There is no such file.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    /// It does not accept the connection.
    #[error("cannot connect")]
    Connect(#[source] sqlx::Error),
    /// It did not accept the connection in time.
    #[error("no connection within {} s", CONNECT.as_secs())]
    Slow,
    /// A query failed.
    #[error("cannot read {what}")]
    Query {
        /// What was being read.
        what: &'static str,
        /// What the database said.
        source: sqlx::Error,
    },
    /// A sum does not fit 64 bits.
    #[error("the sum of {what} does not fit 64 bits")]
    Overflow {
        /// What was being summed.
        what: &'static str,
    },
    /// A value is not what its column promises.
    #[error("{what}: column {column} is not {wanted}")]
    Value {
        /// What was being read.
        what: &'static str,
        /// The column's position, from 0.
        column: usize,
        /// What it should be.
        wanted: &'static str,
    },
}

/// One consistent view of one database.
#[derive(Debug)]
pub struct Source(Connection);

#[derive(Debug)]
enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// An address beyond this machine that does not say `sslmode` is asked under TLS,
/// its server's certificate and name verified: an audit must not read a stranger's
/// answers, nor send a password to one.
fn secure(options: PgConnectOptions, url: &str) -> PgConnectOptions {
    let host = options.get_host().trim_matches(['[', ']']);
    let here = host == "localhost"
        || host.starts_with('/')
        || options.get_socket().is_some()
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    let settings = url.split_once('?').map_or("", |(_, settings)| settings);
    let said = settings
        .split('&')
        .any(|setting| setting.starts_with("sslmode=") || setting.starts_with("ssl-mode="));
    match (said, here) {
        (true, _) => options,
        (false, true) => options.ssl_mode(PgSslMode::Disable),
        (false, false) => options.ssl_mode(PgSslMode::VerifyFull),
    }
}

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Source {
    /// Connects and opens the snapshot: what commits later is not seen.
    ///
    /// # Errors
    /// When the URL is wrong or the database can't be reached.
    pub async fn open(url: &str) -> Result<Self, DatabaseError> {
        let mut source = Self::connect(url).await?;
        // SQLite fixes its snapshot at the first read, PostgreSQL at the first
        // statement; the second statement here is that read.
        match &mut source.0 {
            Connection::Sqlite(connection) => connection
                .execute("BEGIN; SELECT count(*) FROM sqlite_master")
                .await
                .map(drop),
            Connection::Postgres(connection) => connection
                .execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_current_snapshot()")
                .await
                .map(drop),
        }
        .map_err(|source| DatabaseError::Query {
            what: "a snapshot",
            source,
        })?;
        Ok(source)
    }

    /// Connects without a snapshot, for settings that a transaction would hide.
    pub(crate) async fn connect(url: &str) -> Result<Self, DatabaseError> {
        let connecting = async {
            if url.starts_with("sqlite:") {
                let options = SqliteConnectOptions::from_str(url).map_err(|_| DatabaseError::Url)?;
                let file = options.get_filename().to_owned();
                if !file.exists() {
                    return Err(DatabaseError::Missing(file));
                }
                let options = options
                    .read_only(true)
                    .create_if_missing(false)
                    .row_buffer_size(READ_AHEAD)
                    .disable_statement_logging();
                let connection = SqliteConnection::connect_with(&options).await;
                connection.map(Connection::Sqlite).map_err(DatabaseError::Connect)
            } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
                let options = PgConnectOptions::from_str(url).map_err(|_| DatabaseError::Url)?;
                let options = secure(options, url)
                    .application_name("backstop-audit")
                    .disable_statement_logging();
                let connection = PgConnection::connect_with(&options).await;
                connection
                    .map(Connection::Postgres)
                    .map_err(DatabaseError::Connect)
            } else {
                Err(DatabaseError::Url)
            }
        };
        let connection = tokio::time::timeout(CONNECT, connecting).await;
        connection.map_err(|_| DatabaseError::Slow)?.map(Self)
    }

    /// Closes the connection.
    pub async fn close(self) {
        // Nothing was written; a connection that breaks on closing changes no verdict.
        drop(match self.0 {
            Connection::Sqlite(connection) => connection.close().await,
            Connection::Postgres(connection) => connection.close().await,
        });
    }

    /// Which database it is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self.0 {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// All rows of a query whose columns are all cast to text; `what` names them in errors.
    ///
    /// # Errors
    /// When the query fails.
    pub async fn rows(
        &mut self,
        what: &'static str,
        sql: impl Into<String>,
    ) -> Result<Vec<Row>, DatabaseError> {
        self.rows_of(what, sql.into(), None).await
    }

    /// The rows of those ids: `{ids}` in the query becomes a test for membership.
    ///
    /// # Errors
    /// When the query fails.
    pub async fn rows_in(
        &mut self,
        what: &'static str,
        sql: &str,
        ids: &[&str],
    ) -> Result<Vec<Row>, DatabaseError> {
        let member = match self.dialect() {
            Dialect::Sqlite => "IN (SELECT value FROM json_each($1))",
            Dialect::Postgres => "= ANY($1)",
        };
        self.rows_of(what, sql.replace("{ids}", member), Some(ids)).await
    }

    async fn rows_of(
        &mut self,
        what: &'static str,
        sql: String,
        ids: Option<&[&str]>,
    ) -> Result<Vec<Row>, DatabaseError> {
        let sql = AssertSqlSafe(sql);
        let rows = match &mut self.0 {
            Connection::Sqlite(connection) => {
                let mut query = sqlx::query(sql);
                if let Some(ids) = ids {
                    query = query.bind(serde_json::Value::from(ids).to_string());
                }
                let rows = query.fetch_all(connection).await;
                rows.and_then(|rows| {
                    rows.iter()
                        .map(|row| texts(row.len(), |column| row.try_get(column)))
                        .collect()
                })
            }
            Connection::Postgres(connection) => {
                let mut query = sqlx::query(sql);
                if let Some(ids) = ids {
                    query = query.bind(ids);
                }
                let rows = query.fetch_all(connection).await;
                rows.and_then(|rows| {
                    rows.iter()
                        .map(|row| texts(row.len(), |column| row.try_get(column)))
                        .collect()
                })
            }
        };
        let cells: Vec<Vec<Option<String>>> = rows.map_err(|source| failed(what, source))?;
        Ok(cells.into_iter().map(|cells| Row { what, cells }).collect())
    }
}

fn texts(
    columns: usize,
    get: impl Fn(usize) -> Result<Option<String>, sqlx::Error>,
) -> Result<Vec<Option<String>>, sqlx::Error> {
    (0..columns).map(get).collect()
}

fn failed(what: &'static str, source: sqlx::Error) -> DatabaseError {
    // SQLite's sum() of integers raises this instead of rounding; PostgreSQL's
    // sums are numeric and don't overflow.
    let overflow = source
        .as_database_error()
        .is_some_and(|error| error.message() == "integer overflow");
    if overflow {
        DatabaseError::Overflow { what }
    } else {
        DatabaseError::Query { what, source }
    }
}

/// One row, all values as text.
#[derive(Debug, Clone)]
pub struct Row {
    what: &'static str,
    cells: Vec<Option<String>>,
}

impl Row {
    /// A column's text; none if it is NULL or there is no such column.
    #[must_use]
    pub fn opt_text(&self, column: usize) -> Option<&str> {
        self.cells.get(column).and_then(Option::as_deref)
    }

    /// A column's text.
    ///
    /// # Errors
    /// When it is NULL or there is no such column.
    pub fn text(&self, column: usize) -> Result<&str, DatabaseError> {
        self.opt_text(column).ok_or(self.wrong(column, "a text"))
    }

    /// An integer of 64 bits.
    pub(crate) fn int(&self, column: usize) -> Result<i64, DatabaseError> {
        self.text(column)?
            .parse()
            .map_err(|_| self.wrong(column, "an integer of 64 bits"))
    }

    /// An integer of any width up to 128 bits.
    pub(crate) fn wide(&self, column: usize) -> Result<i128, DatabaseError> {
        self.text(column)?
            .parse()
            .map_err(|_| self.wrong(column, "an integer"))
    }

    pub(crate) fn count(&self, column: usize) -> Result<u64, DatabaseError> {
        self.text(column)?
            .parse()
            .map_err(|_| self.wrong(column, "a count"))
    }

    fn wrong(&self, column: usize, wanted: &'static str) -> DatabaseError {
        DatabaseError::Value {
            what: self.what,
            column,
            wanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_is_verified_unless_the_address_says_otherwise() {
        let mode = |url: &str| secure(url.parse().unwrap(), url).get_ssl_mode();
        assert!(matches!(mode("postgres://u@127.0.0.1/b"), PgSslMode::Disable));
        assert!(matches!(mode("postgres://u@db.example/b"), PgSslMode::VerifyFull));
        assert!(matches!(
            mode("postgres://u@db.example/b?sslmode=require"),
            PgSslMode::Require
        ));
    }
}
