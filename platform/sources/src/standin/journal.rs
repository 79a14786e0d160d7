//! The journal of payments: JSON lines, `{"reference": …, "amount": …}`, on disk
//! before a payment is answered, so that a drill can prove that money moved once.
//! It holds no account.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Why a journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It can't be read or written.
    #[error("the file is not readable or writable")]
    Io(#[from] io::Error),
    /// A line that is no payment; only the last may be torn.
    #[error("line {0} is not a payment")]
    Malformed(usize),
    /// A reference stands twice.
    #[error("line {0} pays a reference again")]
    Repeated(usize),
}

/// An open journal, written at its end.
#[derive(Debug)]
pub struct Journal(File);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    reference: std::borrow::Cow<'a, str>,
    amount: i64,
}

impl Journal {
    /// Opens or creates it; the payments that it holds come with it. A torn last
    /// line was never answered and is cut off.
    ///
    /// # Errors
    /// A file that can't be used, or isn't a journal.
    pub fn open(path: &Path) -> Result<(Self, BTreeMap<String, i64>), JournalError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |last| last + 1);
        let mut entries = BTreeMap::new();
        for (number, line) in (1..).zip(bytes[..whole].split_inclusive(|byte| *byte == b'\n')) {
            let line: Line<'_> = serde_json::from_slice(line).map_err(|_| JournalError::Malformed(number))?;
            if entries.insert(line.reference.into_owned(), line.amount).is_some() {
                return Err(JournalError::Repeated(number));
            }
        }
        let end = u64::try_from(whole).unwrap_or(u64::MAX);
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        file.sync_all()?;
        // The name itself must survive a crash too.
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        Ok((Self(file), entries))
    }

    /// Writes payments and waits for the disk.
    ///
    /// # Errors
    /// They are not known to be on disk; the journal must not be used further.
    pub fn append(&mut self, payments: &BTreeMap<String, i64>) -> io::Result<()> {
        if payments.is_empty() {
            return Ok(());
        }
        let mut text = Vec::new();
        for (reference, amount) in payments {
            let line = Line {
                reference: reference.as_str().into(),
                amount: *amount,
            };
            serde_json::to_writer(&mut text, &line)?;
            text.push(b'\n');
        }
        self.0.write_all(&text)?;
        self.0.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payments_come_back_after_a_restart_and_a_torn_line_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("payments.jsonl");
        let (mut journal, none) = Journal::open(&path).unwrap();
        assert!(none.is_empty());
        journal
            .append(&BTreeMap::from([
                ("drw_1".to_owned(), 100),
                ("drw_2".to_owned(), 200),
            ]))
            .unwrap();
        journal.0.write_all(b"{\"reference\":\"drw_3\",\"am").unwrap();
        drop(journal);

        let (mut journal, entries) = Journal::open(&path).unwrap();
        assert_eq!(entries.values().sum::<i64>(), 300);
        journal
            .append(&BTreeMap::from([("drw_4".to_owned(), 400)]))
            .unwrap();
        drop(journal);
        assert_eq!(Journal::open(&path).unwrap().1.len(), 3);
    }

    #[test]
    fn what_is_no_journal_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("payments.jsonl");
        let line = "{\"reference\":\"drw_1\",\"amount\":1}\n";
        std::fs::write(&path, format!("{line}{line}")).unwrap();
        assert!(matches!(Journal::open(&path), Err(JournalError::Repeated(2))));
        std::fs::write(&path, format!("{line}oops\n")).unwrap();
        assert!(matches!(Journal::open(&path), Err(JournalError::Malformed(2))));
    }
}
