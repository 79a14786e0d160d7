//! Reads an experiment's file: JSON, or YAML by its ending.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::experiment::document::{Experiment, Invalid};

/// Largest file, in bytes: experiments are written by people.
const LARGEST: u64 = 1 << 20;

/// Reads one.
///
/// # Errors
/// What is wrong with the file or what it says.
pub fn load(path: &Path) -> Result<Experiment, Invalid> {
    let about = |why: String| Invalid(format!("{}: {why}", path.display()));
    let read = || -> std::io::Result<String> {
        let mut text = String::new();
        File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = read().map_err(|error| about(error.to_string()))?;
    if u64::try_from(text.len()).is_ok_and(|length| length > LARGEST) {
        return Err(about(format!("larger than {LARGEST} bytes")));
    }
    let ending = path.extension().and_then(|ending| ending.to_str());
    let value: Value = if matches!(ending, Some("yaml" | "yml")) {
        serde_saphyr::from_str(&text).map_err(|error| about(error.to_string()))?
    } else {
        serde_json::from_str(&text).map_err(|error| about(error.to_string()))?
    };
    Experiment::read(value).map_err(|why| about(why.0))
}
