//! The strict reader: a journal that is not exactly in the format is refused,
//! with the line and the field, for a checker must not guess.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::fields::Fields;
use super::record::{CLOSED, Kind, MARKS, Mark, Outcome, PHASE, REOPEN, Record};
use crate::closed::{NotAScope, Scope};

/// Longest line in bytes. A record with the longest key, path, digest, ids and
/// state takes under 1 KiB; four times that leaves room and still stops a file
/// that is no journal from filling the memory.
pub const MAX_LINE: usize = 4096;

/// Longest path in bytes: two typed ids and the words between stay under 100.
const MAX_PATH: usize = 256;

/// Why a journal can't be used. The texts fit "failed to read the journal: …".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file can't be opened, read, written or synced.
    #[error("{}", path.display())]
    Io {
        /// The journal.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The writer's thread ended after an earlier error.
    #[error("{}: the writer has stopped after an earlier write failed", path.display())]
    Stopped {
        /// The journal.
        path: PathBuf,
    },
    /// A line has more than [`MAX_LINE`] bytes.
    #[error("line {line} is longer than {MAX_LINE} bytes")]
    TooLong {
        /// From 1.
        line: u64,
    },
    /// A line is not JSON.
    #[error("line {line} is not JSON")]
    NotJson {
        /// From 1.
        line: u64,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A line is JSON, but no object.
    #[error("line {line} is not a JSON object")]
    NotAnObject {
        /// From 1.
        line: u64,
    },
    /// A field is missing, unknown or wrong.
    #[error("line {line}, field `{field}`: {problem}")]
    Field {
        /// From 1.
        line: u64,
        /// The field.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// A whole journal in memory: about 400 bytes a record.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    /// The outcomes, in the order of writing.
    pub records: Vec<Record>,
    /// The marks, in the order of writing.
    pub marks: Vec<Mark>,
    /// Whether the last line was cut off: its writer was killed while writing.
    /// What it would have said is unknown, so it counts as ambiguous.
    pub torn_tail: bool,
}

impl Journal {
    /// Reads a file.
    ///
    /// # Errors
    /// On the first line that is not exactly in the format.
    pub fn read(path: &Path) -> Result<Self, JournalError> {
        let io = |source| JournalError::Io {
            path: path.to_owned(),
            source,
        };
        let mut input = BufReader::new(File::open(path).map_err(io)?);
        let mut journal = Self::default();
        let mut text = Vec::with_capacity(MAX_LINE);
        for line in 1.. {
            text.clear();
            let bound = MAX_LINE as u64 + 1;
            let taken = (&mut input)
                .take(bound)
                .read_until(b'\n', &mut text)
                .map_err(io)?;
            if taken == 0 {
                break;
            }
            if text.pop_if(|last| *last == b'\n').is_some() {
                journal.add(line, &text)?;
            } else if text.len() > MAX_LINE {
                return Err(JournalError::TooLong { line });
            } else {
                journal.torn_tail = true;
            }
        }
        Ok(journal)
    }

    /// The first mark of that name.
    #[must_use]
    pub fn mark(&self, name: &str) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.mark == name)
    }

    fn add(&mut self, line: u64, text: &[u8]) -> Result<(), JournalError> {
        let mut fields = Fields::parse(line, text)?;
        if fields.has("mark") {
            self.marks.push(mark(&mut fields)?);
        } else {
            let after = self.records.last().map_or(0, |last| last.seq);
            self.records.push(record(&mut fields, after)?);
        }
        fields.finish()
    }
}

fn mark(fields: &mut Fields) -> Result<Mark, JournalError> {
    let mark = fields.text("mark")?;
    let known = MARKS.contains(&mark.as_str());
    if !known && mark.strip_prefix(PHASE).is_none_or(str::is_empty) {
        return Err(fields.wrong("mark", format!("must be {} or phase:NAME", MARKS.join(", "))));
    }
    let at = time(fields)?;
    let epoch = if fields.has("epoch") {
        Some(fields.int("epoch")?)
    } else {
        None
    };
    let scope = scope(fields)?;
    if scope.is_some() && ![CLOSED, REOPEN].contains(&mark.as_str()) {
        return Err(fields.wrong("scope", "only closed and reopen have one"));
    }
    Ok(Mark {
        mark,
        at,
        epoch,
        scope,
    })
}

/// Which new business. What can't be read is refused: a checker that took it for another scope would look
/// elsewhere and find nothing.
fn scope(fields: &mut Fields) -> Result<Option<Scope>, JournalError> {
    if !fields.has("scope") {
        return Ok(None);
    }
    let text = fields.text("scope")?;
    let scope = text.parse();
    scope
        .map(Some)
        .map_err(|error: NotAScope| fields.wrong("scope", error.to_string()))
}

fn record(fields: &mut Fields, after: u64) -> Result<Record, JournalError> {
    let seq = fields.int("seq")?;
    if u64::try_from(seq) != Ok(after + 1) {
        return Err(fields.wrong(
            "seq",
            format!("must be {}: a record is missing or out of order", after + 1),
        ));
    }
    let record = Record {
        seq: after + 1,
        at: time(fields)?,
        key: fields.text("key")?,
        method: fields.text("method")?,
        path: fields.text("path")?,
        body_digest: fields.text("body_digest")?,
        outcome: fields.word("outcome", Outcome::ALL, Outcome::as_str)?,
        status: status(fields)?,
        answer_id: fields.opt_text("answer_id")?,
        state: fields.opt_text("state")?,
        amount: fields.opt_int("amount")?,
        lane: fields.text("lane")?,
        kind: fields.word("kind", Kind::ALL, Kind::as_str)?,
        scope: scope(fields)?,
    };
    consistent(fields, &record)?;
    Ok(record)
}

fn time(fields: &mut Fields) -> Result<i64, JournalError> {
    let at = fields.int("at")?;
    if at <= 0 {
        return Err(fields.wrong("at", "must be a time in microseconds since 1970"));
    }
    Ok(at)
}

fn status(fields: &mut Fields) -> Result<Option<u16>, JournalError> {
    let Some(status) = fields.opt_int("status")? else {
        return Ok(None);
    };
    match u16::try_from(status) {
        Ok(status @ 100..=599) => Ok(Some(status)),
        _ => Err(fields.wrong("status", "must be an HTTP status, 100–599")),
    }
}

/// What the fields of one record must satisfy together.
fn consistent(fields: &Fields, record: &Record) -> Result<(), JournalError> {
    let write = record.kind != Kind::Read;
    let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if record.key.len() > 64 || !visible(&record.key) || (write && record.key.is_empty()) {
        return Err(fields.wrong("key", "must be 1–64 visible ASCII characters"));
    }
    let hex = |digest: &str| {
        digest.len() == 64
            && digest
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    if write && !hex(&record.body_digest) {
        return Err(fields.wrong("body_digest", "must be 64 lower-case hexadecimal digits"));
    }
    if record.path.len() > MAX_PATH || !record.path.starts_with('/') || !visible(&record.path) {
        return Err(fields.wrong("path", "must be a path of at most 256 visible ASCII characters"));
    }
    if record.method.is_empty() || !record.method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(fields.wrong("method", "must be an HTTP method in capitals"));
    }
    if record.scope.is_some() && record.kind != Kind::Intake {
        return Err(fields.wrong("scope", "only intake has one"));
    }
    if record.lane != "live" && record.lane.strip_prefix("shadow:").is_none_or(str::is_empty) {
        return Err(fields.wrong("lane", "must be live or shadow:RUN"));
    }
    if record.amount.is_some_and(|amount| amount < 0) {
        return Err(fields.wrong("amount", "must not be negative"));
    }
    // A 2xx whose body broke off is ambiguous: its client can't name what it got.
    let success = record.status.is_some_and(|status| (200..300).contains(&status));
    let may_succeed = matches!(record.outcome, Outcome::Acked | Outcome::Ambiguous);
    if (record.outcome == Outcome::Acked && !success) || (success && !may_succeed) {
        return Err(fields.wrong(
            "status",
            "must be 2xx for `acked`, and not 2xx for `refused` and `failed`",
        ));
    }
    if record.is_acked_write() && record.answer_id.as_deref().is_none_or(str::is_empty) {
        return Err(fields.wrong(
            "answer_id",
            "must name what an acknowledged write made or changed",
        ));
    }
    Ok(())
}
