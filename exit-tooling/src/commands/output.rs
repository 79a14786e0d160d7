//! What a command prints: results on standard output, how far it is on standard error.

use std::io::{self, Write as _};

use serde::Serialize;

/// A line for people.
pub(super) fn line(text: impl AsRef<str>) -> io::Result<()> {
    writeln!(io::stdout(), "{}", text.as_ref())
}

/// A document for machines.
pub(super) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string_pretty(value)?)?;
    Ok(())
}

/// How far it is.
pub(super) fn told(text: impl AsRef<str>) {
    // Whoever closed standard error wants to know no more.
    drop(writeln!(io::stderr(), "{}", text.as_ref()));
}
