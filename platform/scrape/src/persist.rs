//! The tail of a store on disk: what it finds again after a restart or a crash.
//!
//! A *log* takes every batch of samples as one record with a checksum ([`frame`], [`log`]); now and then a
//! *snapshot* of all series replaces it ([`snapshot`]). Both are written by one thread ([`tail`],
//! [`writer`]), which whoever appends does not wait for, and read at the start ([`load`]).
//!
//! What is lost: with a killed process, what the thread had not yet taken from its queue, which is less than
//! a second on a disk that answers. With a machine that loses its power, what was not synced: ten seconds. A
//! record that is torn ends its log; the logs after it are read.
//!
//! How large it gets: the log is replaced at 8 MB or after half an hour, and never passes 64 MB; a snapshot
//! is as large as the store in memory, and there are two while one is written.

mod frame;
mod load;
mod log;
mod snapshot;
mod tail;
mod varint;
mod writer;

pub(crate) use log::Logged;
pub(crate) use tail::Tail;

/// Why a tail cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process writes it.
    #[error("another process has {0} open; end it, or name another folder")]
    Taken(std::path::PathBuf),
    /// The folder or a file of it.
    #[error("{path} cannot be used for the tail of samples")]
    Io {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// The files of a folder.
mod names {
    use std::path::{Path, PathBuf};

    pub(super) fn log(folder: &Path, number: u64) -> PathBuf {
        folder.join(format!("log-{number:010}"))
    }

    pub(super) fn snapshot(folder: &Path, number: u64) -> PathBuf {
        folder.join(format!("snapshot-{number:010}"))
    }

    /// The numbers of the files that begin with this, rising.
    pub(super) fn numbers(folder: &Path, prefix: &str) -> std::io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let name = entry?.file_name();
            let number: Option<u64> = name
                .to_str()
                .and_then(|name| name.strip_prefix(prefix)?.parse().ok());
            numbers.extend(number);
        }
        numbers.sort_unstable();
        Ok(numbers)
    }
}
