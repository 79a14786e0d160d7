//! Writes the text format.

use std::fmt::Write;

/// Samples as text.
#[derive(Debug, Default)]
pub(crate) struct Page(String);

impl Page {
    /// One sample; a value that is not known is none.
    pub(crate) fn put(&mut self, name: &str, labels: &[(&str, &str)], value: impl Into<Option<f64>>) {
        let Some(value) = value.into() else { return };
        self.0.push_str(name);
        let mut before = '{';
        for (name, value) in labels {
            self.0.push(before);
            before = ',';
            self.0.push_str(name);
            self.0.push_str("=\"");
            for each in value.chars() {
                match each {
                    '\n' => self.0.push_str("\\n"),
                    '"' | '\\' => self.0.extend(['\\', each]),
                    _ => self.0.push(each),
                }
            }
            self.0.push('"');
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        // Writing to a string does not fail.
        let _written = writeln!(self.0, " {value}");
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}
