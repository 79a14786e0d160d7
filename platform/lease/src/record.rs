//! What is on disk before a fault is injected. A checksum stands beside it, since a pid with one wrong digit would still
//! be a pid.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::process::Process;
use crate::undo::Undo;

/// Largest record, in bytes: a program's arguments and environment fit, and a keeper reads a thousand in a look.
pub(crate) const LARGEST: usize = 64 * 1024;

/// What a tool asks for.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What is done, for people: "latency of 200 ms on proxy redis".
    pub fault: String,
    /// How it is undone.
    pub undo: Undo,
    /// For how long at most.
    pub lasts: Duration,
}

/// One fault and how it is undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The lease's id: the file is called `ID.json`.
    pub id: String,
    /// What was done, for people.
    pub fault: String,
    /// When it was written, which is before the fault.
    pub made_at: Timestamp,
    /// When the fault ends, whether its tool lives or not.
    pub expires_at: Timestamp,
    /// The tool that injected it.
    pub owner: Process,
    /// How it is undone.
    pub undo: Undo,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    record: Record,
    crc32: String,
}

impl Record {
    /// As it is written.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let sealed = Sealed {
            record: self.clone(),
            crc32: self.sum()?,
        };
        let mut text = serde_json::to_vec_pretty(&sealed)?;
        text.push(b'\n');
        Ok(text)
    }

    /// Reads one; a text says what is wrong with it.
    pub(crate) fn decode(text: &[u8]) -> Result<Self, String> {
        let sealed: Sealed =
            serde_json::from_slice(text).map_err(|error| format!("not an undo record: {error}"))?;
        let sum = sealed.record.sum().map_err(|error| error.to_string())?;
        if sum == sealed.crc32 {
            Ok(sealed.record)
        } else {
            Err(format!(
                "its checksum is {sum}, not {}: it was changed after it was written",
                sealed.crc32
            ))
        }
    }

    /// For how long it was asked.
    pub(crate) fn lasts(&self) -> Duration {
        let lasts = self.expires_at.duration_since(self.made_at);
        Duration::try_from(lasts).unwrap_or_default()
    }

    /// Over the record as it is written compactly, so that a person may reformat the file.
    fn sum(&self) -> Result<String, serde_json::Error> {
        Ok(format!("{:08x}", crc32fast::hash(&serde_json::to_vec(self)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let process = Process {
            pid: 4711,
            start: 99,
            boot: "b".to_owned(),
        };
        Record {
            id: "1".to_owned(),
            fault: "stop 4711".to_owned(),
            made_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            expires_at: "2026-01-01T00:00:30Z".parse().unwrap(),
            owner: process.clone(),
            undo: Undo::Resume { process },
        }
    }

    #[test]
    fn what_is_written_is_read_and_says_how_long_it_lasts() {
        let read = Record::decode(&record().encode().unwrap()).unwrap();
        assert_eq!(read, record());
        assert_eq!(read.lasts(), Duration::from_secs(30));
    }

    #[test]
    fn every_torn_end_and_every_changed_digit_is_seen() {
        let whole = record().encode().unwrap();
        // The last two bytes are a brace and a line's end.
        for end in 0..whole.len() - 1 {
            assert!(Record::decode(&whole[..end]).is_err(), "cut at {end}");
        }
        for (at, byte) in whole.iter().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
            let mut changed = whole.clone();
            changed[at] = if *byte == b'9' { b'8' } else { byte + 1 };
            let read = Record::decode(&changed);
            assert!(read.is_err(), "changed at {at}: {read:?}");
        }
    }
}
