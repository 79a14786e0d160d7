//! What a web application firewall or an intrusion detection saw: counted, and nothing else of it kept. [`read`] takes a
//! body, in the form of this interface (`own`) or of other systems' (`foreign`); [`SecurityMeters`] count.

mod foreign;
mod meters;
mod own;

use serde::Deserialize;
use serde_json::Value;
use web::{Failure, body};

pub use meters::SecurityMeters;

use crate::Refusal;
use base::problem::Code;

/// Events in one body: a firewall that sees more sums up.
const EVENTS: usize = 1_000;

/// Who saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    Waf,
    Ids,
}

impl Source {
    fn as_str(self) -> &'static str {
        match self {
            Self::Waf => "waf",
            Self::Ids => "ids",
        }
    }
}

/// How severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// One line of what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    source: Source,
    kind: String,
    severity: Severity,
    count: u32,
}

/// Reads a body: `{source, events: [{kind, severity, count, at}]}`, or one object or a list of objects of EVE or of
/// `ModSecurity`. `now` is in microseconds since 1970.
///
/// # Errors
/// `invalid-body`, `invalid-field`; nothing that was sent is repeated.
pub fn read(bytes: &[u8], now: i64) -> Result<Vec<Seen>, Failure> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| Failure::of(Code::InvalidBody))?;
    match value {
        Value::Array(all) if all.len() <= EVENTS => Ok(all.iter().flat_map(foreign::seen).collect()),
        Value::Array(_) => Err(too_many().into()),
        object if object.get("event_type").is_some() || object.get("transaction").is_some() => {
            Ok(foreign::seen(&object))
        }
        _ => Ok(own::seen(body::parse(bytes)?, now)?),
    }
}

fn too_many() -> Refusal {
    Refusal::field("events", "at most 1,000 in one body")
}
