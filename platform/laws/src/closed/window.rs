//! The time between the acknowledgement of a close and its reopen, with the
//! snapshot from either end, kept in a folder as one file each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::scope::Scope;
use super::snapshot::Snapshot;
use crate::journal::record::{CLOSED, REOPEN};
use crate::journal::{Journal, Mark};
use crate::source::DatabaseError;

/// Why closings and their snapshots can't be kept or read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The database can't be read.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The file can't be read or written.
    #[error("{}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no snapshot.
    #[error("{} is no snapshot", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// Another build looked for other rows.
    #[error("{} was not taken by this build: it does not list the same kinds of rows", path.display())]
    Kinds {
        /// The file.
        path: PathBuf,
    },
    /// The journal's marks of closings don't go together.
    #[error("the journal's mark `{mark}` at {at}: {why}")]
    Mark {
        /// Its name.
        mark: String,
        /// When, microseconds.
        at: i64,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// Which end of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// After the close was acknowledged.
    Closed,
    /// Before the reopen is asked for.
    Reopen,
}

impl Point {
    fn file(self, dir: &Path, epoch: i64) -> PathBuf {
        let name = match self {
            Self::Closed => CLOSED,
            Self::Reopen => REOPEN,
        };
        dir.join(format!("{name}-{epoch}.json"))
    }
}

/// One time of closed intake.
#[derive(Debug, Clone)]
pub struct Window {
    /// The gate's epoch that the close brought. It names one closing of one scope.
    pub epoch: i64,
    /// Which new business was closed.
    pub scope: Scope,
    /// When the acknowledgement had arrived, microseconds.
    pub closed_at: i64,
    /// Just before the reopen was asked for.
    pub reopen_at: i64,
    /// From after `closed_at`.
    pub first: Snapshot,
    /// From before `reopen_at`.
    pub second: Snapshot,
}

/// Keeps a snapshot as `closed-EPOCH.json` or `reopen-EPOCH.json`; the epoch is the close's.
///
/// # Errors
/// When the file can't be written.
pub fn save(dir: &Path, point: Point, epoch: i64, snapshot: &Snapshot) -> Result<(), SnapshotError> {
    let path = point.file(dir, epoch);
    let write = || std::fs::write(&path, serde_json::to_vec(snapshot)?);
    write().map_err(|source| SnapshotError::Io {
        path: path.clone(),
        source,
    })
}

/// The windows that the journal's marks name, with their snapshots, in the order of their epochs. Closings may
/// overlap; one that was not marked as reopened has no window, which the checker sees.
///
/// # Errors
/// When a window's snapshot is missing or unreadable, or marks don't go together: a window without both
/// ends can't be judged, and leaving it out would be a pass by omission.
pub fn windows(dir: &Path, journal: &Journal) -> Result<Vec<Window>, SnapshotError> {
    let mut closings: BTreeMap<i64, (&Mark, Option<&Mark>)> = BTreeMap::new();
    for mark in &journal.marks {
        let wrong = |why| SnapshotError::Mark {
            mark: mark.mark.clone(),
            at: mark.at,
            why,
        };
        if ![CLOSED, REOPEN].contains(&mark.mark.as_str()) {
            continue;
        }
        let epoch = mark.epoch.ok_or_else(|| wrong("it names no epoch"))?;
        match closings.get_mut(&epoch) {
            Some((closed, _)) if closed.scope() != mark.scope() => {
                return Err(wrong("its epoch is another scope's"));
            }
            // What was closed once more, and what was asked for once more, counts from then.
            Some((closed, reopen)) if mark.mark == CLOSED => (*closed, *reopen) = (mark, None),
            Some((_, reopen)) => *reopen = Some(mark),
            None if mark.mark == CLOSED => drop(closings.insert(epoch, (mark, None))),
            None => return Err(wrong("no closing of its epoch comes before it")),
        }
    }
    let whole = closings.into_iter().filter_map(|(epoch, (closed, reopen))| {
        let reopen = reopen?;
        Some(load(dir, epoch, closed, reopen))
    });
    whole.collect()
}

fn load(dir: &Path, epoch: i64, closed: &Mark, reopen: &Mark) -> Result<Window, SnapshotError> {
    Ok(Window {
        epoch,
        scope: closed.scope(),
        closed_at: closed.at,
        reopen_at: reopen.at,
        first: snapshot(&Point::Closed.file(dir, epoch))?,
        second: snapshot(&Point::Reopen.file(dir, epoch))?,
    })
}

fn snapshot(path: &Path) -> Result<Snapshot, SnapshotError> {
    let bytes = std::fs::read(path).map_err(|source| SnapshotError::Io {
        path: path.to_owned(),
        source,
    })?;
    let snapshot: Snapshot = serde_json::from_slice(&bytes).map_err(|source| SnapshotError::Format {
        path: path.to_owned(),
        source,
    })?;
    match snapshot.is_whole() {
        true => Ok(snapshot),
        false => Err(SnapshotError::Kinds {
            path: path.to_owned(),
        }),
    }
}
