//! A fresh database of either kind, with the service's own schema.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

const CORE: &[&str] = &[
    include_str!("../../../store/migrations/0001_core.sql"),
    include_str!("../../../store/migrations/0004_renewals.sql"),
    include_str!("../../../store/migrations/0005_exit.sql"),
    include_str!("../../../evidence/migrations/leaves.sql"),
    include_str!("../../../gate/migrations/tables.sql"),
    include_str!("../../../auth/migrations/0001_access.sql"),
];

pub(crate) enum Place {
    Sqlite {
        dir: tempfile::TempDir,
        connection: SqliteConnection,
    },
    Postgres {
        url: String,
        connection: PgConnection,
        _cluster: Option<cluster::Cluster>,
    },
}

impl Place {
    pub(crate) async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(dir.path().join("lending.db"))
            .create_if_missing(true)
            .foreign_keys(false)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
        let mut place = Self::Sqlite {
            dir,
            connection: SqliteConnection::connect_with(&options).await.unwrap(),
        };
        place.run(&schema("sqlite", "BLOB")).await;
        place
    }

    pub(crate) async fn postgres() -> Self {
        Self::at(cluster::fresh_database().unwrap(), None).await
    }

    /// In a cluster of its own, for stories that change the server's settings.
    pub(crate) async fn own_postgres(settings: &[(&'static str, &'static str)]) -> Self {
        let options = cluster::Options {
            settings: settings.to_vec(),
            ..Default::default()
        };
        let cluster = cluster::Cluster::start(options).unwrap();
        cluster.create_database("lending").unwrap();
        Self::at(cluster.url("lending"), Some(cluster)).await
    }

    async fn at(url: String, cluster: Option<cluster::Cluster>) -> Self {
        let connection = PgConnection::connect(&url).await.unwrap();
        let mut place = Self::Postgres {
            url,
            connection,
            _cluster: cluster,
        };
        place.run(&schema("postgres", "BYTEA")).await;
        place
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite { dir, .. } => format!("sqlite://{}", dir.path().join("lending.db").display()),
            Self::Postgres { url, .. } => url.clone(),
        }
    }

    /// Runs statements as they are.
    pub(crate) async fn run(&mut self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite { connection, .. } => drop(connection.execute(sql).await.unwrap()),
            Self::Postgres { connection, .. } => drop(connection.execute(sql).await.unwrap()),
        }
    }

    /// Runs statements past every guard of the schema: what a hand at the database could do.
    pub(crate) async fn force(&mut self, sql: &str) {
        let guarded = match self {
            Self::Sqlite { .. } => format!("PRAGMA ignore_check_constraints = ON; {sql}"),
            Self::Postgres { .. } => format!("SET session_replication_role = replica; {sql}"),
        };
        self.run(&guarded).await;
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }
}

/// The migrations' text for one dialect.
fn schema(dialect: &str, blob: &str) -> String {
    let serial = if dialect == "sqlite" {
        "INTEGER PRIMARY KEY"
    } else {
        "BIGSERIAL PRIMARY KEY"
    };
    let mut mine = true;
    let mut sql = String::new();
    for line in CORE.iter().flat_map(|text| text.lines()) {
        match line.trim() {
            "-- @both" => mine = true,
            marker if marker.starts_with("-- @") => mine = marker == format!("-- @{dialect}"),
            _ if mine => {
                sql.push_str(&line.replace("{blob}", blob).replace("{bigserial_pk}", serial));
                sql.push('\n');
            }
            _ => {}
        }
    }
    sql
}
