//! The time between the acknowledgement of a close and its reopen, with the
//! snapshot from either end, kept in a folder as one file each.

use std::path::{Path, PathBuf};

use super::snapshot::{Snapshot, SnapshotError};
use crate::journal::Journal;
use crate::journal::record::{CLOSED, REOPEN};

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
    /// The gate's epoch that the close brought.
    pub epoch: i64,
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

/// The windows that the journal's marks name, with their snapshots.
///
/// # Errors
/// When a window's snapshot is missing or unreadable: a window without both
/// ends can't be judged, and leaving it out would be a pass by omission.
pub fn windows(dir: &Path, journal: &Journal) -> Result<Vec<Window>, SnapshotError> {
    let mut windows = Vec::new();
    let mut open = None;
    for mark in &journal.marks {
        if mark.mark == CLOSED {
            open = Some(mark);
        } else if mark.mark == REOPEN
            && let Some(closed) = open.take()
        {
            let epoch = closed.epoch.unwrap_or(0);
            windows.push(Window {
                epoch,
                closed_at: closed.at,
                reopen_at: mark.at,
                first: load(&Point::Closed.file(dir, epoch))?,
                second: load(&Point::Reopen.file(dir, epoch))?,
            });
        }
    }
    Ok(windows)
}

fn load(path: &Path) -> Result<Snapshot, SnapshotError> {
    let bytes = std::fs::read(path).map_err(|source| SnapshotError::Io {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|source| SnapshotError::Format {
        path: path.to_owned(),
        source,
    })
}
