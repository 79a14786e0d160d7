//! What every command that calls a plane does alike: reads a token, says what a call came to, and how an answer is
//! shown.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use base::exit;
use client::http::CallError;
use jiff::Timestamp;
use serde::Serialize;

use crate::ended::stop;

/// Longest token file: some hundred bytes a token.
const LONGEST: u64 = 64 * 1024;

/// The token of a holder in a JSON file of tokens by name, as `init` makes it.
pub(crate) fn token(path: &Path, holder: &str) -> anyhow::Result<String> {
    let wrong = |text: &str| stop(exit::USAGE, format!("--token-file {}{text}", path.display()));
    let file = File::open(path).map_err(|error| wrong(&format!(": {error}")))?;
    // The parser's message would repeat a part of the file.
    let tokens: HashMap<String, String> =
        serde_json::from_reader(file.take(LONGEST)).map_err(|_| wrong(" is not JSON of tokens by name"))?;
    let token = tokens.get(holder).cloned();
    token.ok_or_else(|| wrong(&format!(" has no token of {holder}; --as NAME names another")))
}

/// The exit code of a call that came to nothing. 503 is said before anything starts.
pub(crate) fn code(error: &CallError) -> u8 {
    match error {
        error if error.is_ambiguous() => exit::AMBIGUOUS,
        CallError::NotSent { .. } => exit::UNREACHABLE,
        error if error.status() == Some(503) => exit::UNREACHABLE,
        CallError::Refused { problem, .. } if [400, 422].contains(&problem.status) => exit::USAGE,
        _ => exit::REFUSED,
    }
}

/// Prints an answer as one JSON object, or in words.
pub(crate) fn print(
    json: bool,
    object: &impl Serialize,
    text: impl FnOnce() -> String,
) -> anyhow::Result<()> {
    let line = if json {
        serde_json::to_string(object)?
    } else {
        text()
    };
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// A moment to the second, in UTC.
pub(crate) fn when(micros: i64) -> String {
    let second = micros.div_euclid(1_000_000);
    Timestamp::from_second(second).map_or_else(|_| micros.to_string(), |at| at.to_string())
}
