//! What a look into the folder finds.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _};
use std::path::Path;

use crate::record::{LARGEST, Record};

/// One file of the folder that has to do with a fault.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A record as it was written.
    Record(Box<Record>),
    /// A record that cannot be read: its fault may still be there, so a person has to look.
    Garbled {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// A record that its tool died writing. Nothing is injected before a record is whole, so there is nothing to undo.
    Unfinished {
        /// The file's name.
        file: String,
    },
}

impl Entry {
    /// Reads a file; none if it is no record's, or went meanwhile, or is being written at this moment.
    pub(crate) fn read(path: &Path) -> io::Result<Option<Self>> {
        let Some(file) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else {
            return Ok(None);
        };
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending {
            Some("json") => record(path, file),
            Some("new") => unfinished(path, file),
            // A keeper's mark, why an undo failed, and what a program that was started again prints.
            None | Some("why" | "log") => Ok(None),
            Some(_) => Ok(Some(Self::Garbled {
                file,
                why: "not a file that belongs here".to_owned(),
            })),
        }
    }
}

fn record(path: &Path, file: String) -> io::Result<Option<Entry>> {
    let Some(opened) = there(File::open(path))? else {
        return Ok(None);
    };
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = Vec::new();
    let read = opened.take(most).read_to_end(&mut text);
    let why = match read {
        Ok(_) if text.len() > LARGEST => format!("larger than {LARGEST} bytes"),
        Ok(_) => match Record::decode(&text) {
            Ok(record) if format!("{}.json", record.id) == file => {
                return Ok(Some(Entry::Record(Box::new(record))));
            }
            Ok(record) => format!("holds lease {}", record.id),
            Err(why) => why,
        },
        Err(error) => error.to_string(),
    };
    Ok(Some(Entry::Garbled { file, why }))
}

/// Whoever writes holds a lock until the file has its name, and loses it with its life.
fn unfinished(path: &Path, file: String) -> io::Result<Option<Entry>> {
    let Some(opened) = there(File::open(path))? else {
        return Ok(None);
    };
    match opened.try_lock_shared() {
        // It has got its name meanwhile.
        Ok(()) if !path.exists() => Ok(None),
        Ok(()) => Ok(Some(Entry::Unfinished { file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn there(opened: io::Result<File>) -> io::Result<Option<File>> {
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
