//! The file of retention rules: read, bounded, each field held to what it may be.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use vault::data_map::Retention;

use super::{ELSEWHERE, Rule, Rules};
use crate::hex;

/// The one format.
pub const FORMAT: &str = "backstop-retention/1";
/// A file of rules is read by people: a hundred pages of them would be another kind of file.
const MOST_BYTES: u64 = 256 * 1024;
/// Fifty years: no rule that is known keeps customers' data longer than ledgers.
const MOST_MONTHS: u32 = 600;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    name: String,
    #[serde(default)]
    rehearsal: bool,
    rule: Vec<Rule>,
}

/// Why a file of rules is none.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// It cannot be read.
    #[error("the file of retention rules cannot be read")]
    Io(#[from] std::io::Error),
    /// It is too long to be one.
    #[error("the file of retention rules has more than {MOST_BYTES} bytes")]
    TooLong,
    /// It is not of the format.
    #[error("the file of retention rules: {0}")]
    Toml(#[from] toml::de::Error),
    /// A field is not one.
    #[error("rule {rule:?}: {field} must be {want}")]
    Field {
        /// Which rule, or the file.
        rule: String,
        /// Which field.
        field: &'static str,
        /// What it must be.
        want: String,
    },
}

/// Reads a file of rules.
///
/// # Errors
/// [`RulesError`] names the field and the mend.
pub fn read(path: &Path) -> Result<Rules, RulesError> {
    if std::fs::metadata(path)?.len() > MOST_BYTES {
        return Err(RulesError::TooLong);
    }
    parse(&std::fs::read_to_string(path)?)
}

/// Parses the text of a file of rules.
///
/// # Errors
/// [`RulesError`] names the field and the mend.
pub fn parse(text: &str) -> Result<Rules, RulesError> {
    let file: File = toml::from_str(text)?;
    let wrong = |rule: &str, field, want: String| RulesError::Field {
        rule: rule.to_owned(),
        field,
        want,
    };
    if file.format != FORMAT {
        return Err(wrong("", "format", format!("{FORMAT:?}")));
    }
    if file.name.is_empty() || file.name.chars().count() > 100 {
        return Err(wrong(
            "",
            "name",
            "1-100 characters: the rules' name and version".to_owned(),
        ));
    }
    let mut seen = BTreeSet::new();
    for rule in &file.rule {
        let id = rule.id.as_str();
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || id.len() > 64 || !id.bytes().all(fits) || !seen.insert(id) {
            return Err(wrong(
                id,
                "id",
                "a name of its own: 1-64 of a-z, 0-9 and '-'".to_owned(),
            ));
        }
        let known = || classes().map(Retention::as_str).chain(ELSEWHERE.iter().copied());
        if !known().any(|class| class == rule.keeps) {
            let known: Vec<&str> = known().collect();
            return Err(wrong(id, "keeps", format!("one of {}", known.join(", "))));
        }
        if rule.months > MOST_MONTHS {
            return Err(wrong(id, "months", format!("0-{MOST_MONTHS}")));
        }
        if rule.effective_to.is_some_and(|last| last < rule.effective_from) {
            return Err(wrong(
                id,
                "effective_to",
                "no earlier than effective_from".to_owned(),
            ));
        }
        if rule.verified_on.is_some() != rule.verified_by.is_some() {
            return Err(wrong(
                id,
                "verified_by",
                "there exactly where verified_on is".to_owned(),
            ));
        }
    }
    Ok(Rules {
        name: file.name,
        rehearsal: file.rehearsal,
        digest: hex(&Sha256::digest(text)),
        rules: file.rule,
    })
}

/// The classes that customers' rows are of.
pub(super) fn classes() -> impl Iterator<Item = Retention> {
    [
        Retention::Identification,
        Retention::Transaction,
        Retention::Ledger,
        Retention::CreditFile,
        Retention::Supply,
        Retention::RawAnswer,
        Retention::Logs,
        Retention::Brief,
    ]
    .into_iter()
}
