//! Where the schema is, and what was decided about it.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use adopt::Description;
use base::exit;
use db::Db;

use super::super::reach::direct;
use super::refused::refused;
use crate::ended::stop;

/// The longest file that is read.
const LONGEST: u64 = 1024 * 1024;

/// The database.
#[derive(Debug, clap::Args)]
pub(super) struct Database {
    /// The database, as the owner of the schema's tables or a superuser: `postgres://…`.
    #[arg(long, value_name = "DATABASE_URL")]
    pub(super) direct: String,
}

/// The file of decisions.
#[derive(Debug, clap::Args)]
pub(super) struct Decisions {
    /// File of the decisions (TOML, as `draft` begins it).
    #[arg(long, value_name = "FILE")]
    description: PathBuf,
}

impl Database {
    /// Opened with the gate's search path.
    pub(super) async fn open(&self) -> anyhow::Result<Db> {
        let url =
            adopt::address(&self.direct).map_err(|error| stop(exit::USAGE, format!("--direct: {error}")))?;
        direct(&url).await
    }
}

impl Decisions {
    pub(super) fn read(&self) -> anyhow::Result<Description> {
        let text = text("--description", &self.description)?;
        Description::parse(&text).map_err(|error| {
            let named = format!("--description {}: {error}", self.description.display());
            stop(exit::USAGE, named)
        })
    }
}

/// A file's text, if it is not too long.
pub(super) fn text(option: &str, path: &Path) -> anyhow::Result<String> {
    let wrong = |error: std::io::Error| stop(exit::USAGE, format!("{option} {}: {error}", path.display()));
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(wrong)?;
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(wrong)?;
    if text.len() as u64 > LONGEST {
        return Err(stop(
            exit::USAGE,
            format!("{option} {}: more than {LONGEST} bytes", path.display()),
        ));
    }
    Ok(text)
}

/// Runs on a database that is closed afterwards, whatever came of it.
pub(super) async fn on<T>(
    database: &Database,
    work: impl AsyncFnOnce(&Db) -> Result<T, adopt::AdoptError>,
) -> anyhow::Result<T> {
    let db = database.open().await?;
    let done = work(&db).await;
    db.close().await;
    done.map_err(|error| refused(&error))
}
