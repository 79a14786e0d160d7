//! One line of a firms file as named cells, whatever its format, with getters
//! that say what they wanted. No error repeats a value: files may be real.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::civil::Date;
use serde_json::Value;

/// The cells of one firm, by path (`tax.arrears`).
#[derive(Debug, Default)]
pub(crate) struct Record(BTreeMap<String, Value>);

/// A cell that doesn't hold what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) field: String,
    pub(crate) wanted: String,
}

pub(crate) fn wrong(field: &str, wanted: impl Into<String>) -> Wrong {
    Wrong {
        field: field.to_owned(),
        wanted: wanted.into(),
    }
}

impl Record {
    /// From a JSON object: nested objects become paths.
    pub(crate) fn from_json(value: Value) -> Result<Self, Wrong> {
        let mut cells = BTreeMap::new();
        let Value::Object(fields) = value else {
            return Err(wrong("(line)", "must be a JSON object"));
        };
        for (name, value) in fields {
            match value {
                Value::Object(inner) => {
                    cells.extend(
                        inner
                            .into_iter()
                            .map(|(part, value)| (format!("{name}.{part}"), value)),
                    );
                }
                plain => drop(cells.insert(name, plain)),
            }
        }
        cells.retain(|_, value| !value.is_null());
        Ok(Self(cells))
    }

    /// From a header and a row of text; an empty cell is an absent one.
    pub(crate) fn from_cells<'a>(cells: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let present = cells.filter(|(_, text)| !text.trim().is_empty());
        Self(
            present
                .map(|(name, text)| (name.trim().to_owned(), Value::from(text.trim())))
                .collect(),
        )
    }

    /// A cell that may be absent.
    pub(crate) fn optional<T>(
        &mut self,
        field: &str,
        get: impl FnOnce(&mut Self, &str) -> Result<T, Wrong>,
    ) -> Result<Option<T>, Wrong> {
        if self.0.contains_key(field) {
            get(self, field).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Text of 1 to `most` characters.
    pub(crate) fn text(&mut self, field: &str, most: usize) -> Result<String, Wrong> {
        match self.take(field)? {
            Value::String(text) if (1..=most).contains(&text.chars().count()) => Ok(text),
            _ => Err(wrong(field, format!("must be text of 1 to {most} characters"))),
        }
    }

    /// Text that something parses.
    pub(crate) fn parsed<T: FromStr>(&mut self, field: &str, wanted: &str) -> Result<T, Wrong> {
        let text = self.text(field, 64).map_err(|_| wrong(field, wanted))?;
        text.parse().map_err(|_| wrong(field, wanted))
    }

    /// A date, YYYY-MM-DD.
    pub(crate) fn date(&mut self, field: &str) -> Result<Date, Wrong> {
        self.parsed(field, "must be a date, YYYY-MM-DD")
    }

    /// Text of `least` to `most` digits.
    pub(crate) fn digits(&mut self, field: &str, least: usize, most: usize) -> Result<String, Wrong> {
        let wanted = || wrong(field, format!("must be {least} to {most} digits, as text"));
        let text = self.text(field, most).map_err(|_| wanted())?;
        let fits = text.len() >= least && text.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Ok(text) } else { Err(wanted()) }
    }

    /// A whole number from 0 to `most`.
    pub(crate) fn whole(&mut self, field: &str, most: i64) -> Result<i64, Wrong> {
        let number = match self.take(field)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let fits = number.filter(|number| (0..=most).contains(number));
        fits.ok_or_else(|| wrong(field, format!("must be a whole number from 0 to {most}")))
    }

    /// A finite number.
    pub(crate) fn number(&mut self, field: &str) -> Result<f64, Wrong> {
        let number = match self.take(field)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        number
            .filter(|n| n.is_finite())
            .ok_or_else(|| wrong(field, "must be a number"))
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, field: &str) -> Result<bool, Wrong> {
        match self.take(field)? {
            Value::Bool(flag) => Ok(flag),
            Value::String(text) if text == "true" => Ok(true),
            Value::String(text) if text == "false" => Ok(false),
            _ => Err(wrong(field, "must be true or false")),
        }
    }

    /// Refuses what nobody took.
    pub(crate) fn finish(self) -> Result<(), Wrong> {
        match self.0.into_keys().next() {
            None => Ok(()),
            Some(field) => Err(wrong(&field, "is not a field of a firm")),
        }
    }

    fn take(&mut self, field: &str) -> Result<Value, Wrong> {
        self.0.remove(field).ok_or_else(|| wrong(field, "is missing"))
    }
}
