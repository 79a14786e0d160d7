//! Takes a line apart field by field, so that an error can name the field.

use serde_json::{Map, Value};

use super::read::JournalError;

/// The fields of one line that were not taken yet.
pub(super) struct Fields {
    line: u64,
    rest: Map<String, Value>,
}

impl Fields {
    pub(super) fn parse(line: u64, text: &[u8]) -> Result<Self, JournalError> {
        match serde_json::from_slice(text) {
            Ok(Value::Object(rest)) => Ok(Self { line, rest }),
            Ok(_) => Err(JournalError::NotAnObject { line }),
            Err(source) => Err(JournalError::NotJson { line, source }),
        }
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.rest.contains_key(field)
    }

    /// An error about a field of this line.
    pub(super) fn wrong(&self, field: &str, problem: impl Into<String>) -> JournalError {
        JournalError::Field {
            line: self.line,
            field: field.to_owned(),
            problem: problem.into(),
        }
    }

    fn take(&mut self, field: &str) -> Result<Value, JournalError> {
        self.rest
            .remove(field)
            .ok_or_else(|| self.wrong(field, "is missing"))
    }

    pub(super) fn int(&mut self, field: &str) -> Result<i64, JournalError> {
        self.opt_int(field)?
            .ok_or_else(|| self.wrong(field, "must be an integer, not null"))
    }

    pub(super) fn opt_int(&mut self, field: &str) -> Result<Option<i64>, JournalError> {
        match self.take(field)? {
            Value::Null => Ok(None),
            Value::Number(number) => number
                .as_i64()
                .map(Some)
                .ok_or_else(|| self.wrong(field, "must be an integer of 64 bits")),
            _ => Err(self.wrong(field, "must be an integer")),
        }
    }

    pub(super) fn text(&mut self, field: &str) -> Result<String, JournalError> {
        self.opt_text(field)?
            .ok_or_else(|| self.wrong(field, "must be a text, not null"))
    }

    pub(super) fn opt_text(&mut self, field: &str) -> Result<Option<String>, JournalError> {
        match self.take(field)? {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => Err(self.wrong(field, "must be a text")),
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        field: &str,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Result<T, JournalError> {
        let text = self.text(field)?;
        all.iter().copied().find(|one| name(*one) == text).ok_or_else(|| {
            let words: Vec<&str> = all.iter().map(|one| name(*one)).collect();
            self.wrong(field, format!("must be one of {}", words.join(", ")))
        })
    }

    /// Refuses fields that the format doesn't know.
    pub(super) fn finish(self) -> Result<(), JournalError> {
        match self.rest.keys().next() {
            Some(field) => Err(self.wrong(field, "is not a field of the journal")),
            None => Ok(()),
        }
    }
}
