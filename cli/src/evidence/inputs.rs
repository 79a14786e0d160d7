//! Logs, keys and anchors as the command line names them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base::exit;
use laws::log::{Anchor, Key, Leaf, anchors, database, export};
use laws::source::Source;

use crate::audit::unreadable;
use crate::ended::stop;

/// Where one log, or several, are.
#[derive(Debug, Clone)]
pub enum Place {
    /// A database, by its address.
    Database(String),
    /// An exported log.
    File(PathBuf),
}

impl Place {
    /// A database where the text begins like an address of one.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let database = ["sqlite:", "postgres://", "postgresql://"];
        if database.iter().any(|scheme| text.starts_with(scheme)) {
            Self::Database(text.to_owned())
        } else {
            Self::File(text.into())
        }
    }

    /// For a person; an address may hold a password, and is not repeated.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Database(_) => "the database".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

/// A public key: itself, or the file that holds it.
///
/// # Errors
/// When it is neither.
pub fn key(text: &str) -> anyhow::Result<Key> {
    if let Ok(key) = Key::parse(text) {
        return Ok(key);
    }
    let held = fs::read_to_string(text).map_err(|error| {
        stop(
            exit::USAGE,
            format!("{text} is no public key and no file of one: {error}"),
        )
    })?;
    Key::parse(&held).map_err(|error| stop(exit::USAGE, format!("{text}: {error}")))
}

/// All keys.
///
/// # Errors
/// As [`key`].
pub fn keys(texts: &[String]) -> anyhow::Result<Vec<Key>> {
    texts.iter().map(|text| key(text)).collect()
}

/// All anchors of these files, verified.
///
/// # Errors
/// When a file can't be read or believed.
pub fn anchors(files: &[PathBuf], keys: &[Key]) -> anyhow::Result<Vec<Anchor>> {
    let mut all = Vec::new();
    for file in files {
        all.extend(anchors::read(file, keys).context("failed to read the anchors")?);
    }
    Ok(all)
}

/// Opens a database for reading.
///
/// # Errors
/// With the exit code of a wrong address, or of a database that doesn't answer.
pub async fn open(url: &str) -> anyhow::Result<Source> {
    Source::open(url).await.map_err(unreadable)
}

/// The one log of this name in a place, or its only one.
///
/// # Errors
/// When there are several and none is named, or none.
pub async fn only(source: &mut Source, wanted: Option<&str>) -> anyhow::Result<String> {
    let logs = database::logs(source).await.map_err(unreadable)?;
    match (wanted, logs.as_slice()) {
        (Some(wanted), logs) if logs.iter().any(|log| log == wanted) => Ok(wanted.to_owned()),
        (None, [one]) => Ok(one.clone()),
        (_, []) => Err(stop(exit::USAGE, "the database holds no evidence log yet")),
        (_, logs) => Err(stop(
            exit::USAGE,
            format!("the database holds {}: name one with --origin", logs.join(", ")),
        )),
    }
}

/// Every leaf of one log, in order; those that wait for an index come last.
///
/// # Errors
/// When the place can't be read.
pub async fn leaves(place: &Place, origin: Option<&str>, mut each: impl FnMut(&Leaf)) -> anyhow::Result<()> {
    match place {
        Place::File(path) => {
            read_file(path, |leaf| each(&leaf))?;
        }
        Place::Database(url) => {
            let mut source = open(url).await?;
            let origin = only(&mut source, origin).await?;
            database::read(&mut source, &origin, each)
                .await
                .map_err(unreadable)?;
            source.close().await;
        }
    }
    Ok(())
}

fn read_file(path: &Path, each: impl FnMut(Leaf)) -> anyhow::Result<()> {
    export::read(path, each).map_err(|error| {
        stop(
            exit::USAGE,
            format!("failed to read the log {}: {error}", path.display()),
        )
    })
}
