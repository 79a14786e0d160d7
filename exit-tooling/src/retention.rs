//! Retention rules as data: what law keeps, for how long, and who has looked it up.
//!
//! A rule that nobody has verified blocks the purge of what it covers, since the shorter of two readings destroys what
//! the longer one keeps. A file marked `rehearsal = true` takes its rules as given, and whatever is done under it says so.

use std::path::Path;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use vault::data_map::Retention;

use crate::hex;

/// The one format.
pub const FORMAT: &str = "backstop-retention/1";
/// A file of rules is read by people: a hundred pages of them would be another kind of file.
const MOST_BYTES: u64 = 256 * 1024;
/// Fifty years: no rule that is known keeps customers' data longer than ledgers.
const MOST_MONTHS: u32 = 600;

/// When a rule's period begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// When the relationship ends, which is the exit itself.
    RelationshipEnd,
    /// With the last thing that happened between bank and customer, which is never earlier than the rule's own event.
    LastAct,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name in plans and records: 1–64 of `a-z`, `0-9` and `-`.
    pub id: String,
    /// What it keeps, as the data map calls it, such as `credit file`.
    pub keeps: String,
    /// The law or standard, as published.
    pub source: String,
    /// Where in it.
    pub article: String,
    /// For how long at least; 0: nothing keeps it, it goes.
    pub months: u32,
    /// From when.
    pub from: From,
    /// Since when it is in force, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Who has read the text in force.
    pub verified_by: Option<String>,
    /// When, `YYYY-MM-DD`.
    pub verified_on: Option<String>,
    /// What else is to be known.
    pub note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    name: String,
    #[serde(default)]
    rehearsal: bool,
    rule: Vec<Rule>,
}

/// The rules of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Their name and version, as they name themselves.
    pub name: String,
    /// Whether they are a rehearsal's.
    pub rehearsal: bool,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
    rules: Vec<Rule>,
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

/// What the rules come to for data of one retention class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled {
    /// Whether law keeps it still.
    pub kept: bool,
    /// The rules that apply, by name.
    pub rules: Vec<String>,
    /// Those that nobody has verified.
    pub unverified: Vec<String>,
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
    let mut seen = std::collections::BTreeSet::new();
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
        if !classes().any(|class| class.as_str() == rule.keeps) {
            let known: Vec<&str> = classes().map(Retention::as_str).collect();
            return Err(wrong(id, "keeps", format!("one of {}", known.join(", "))));
        }
        if rule.months > MOST_MONTHS {
            return Err(wrong(id, "months", format!("0-{MOST_MONTHS}")));
        }
        let dates = [
            ("effective_from", Some(&rule.effective_from)),
            ("verified_on", rule.verified_on.as_ref()),
        ];
        for (field, date) in dates {
            if date.is_some_and(|date| date.parse::<jiff::civil::Date>().is_err()) {
                return Err(wrong(id, field, "a date, YYYY-MM-DD".to_owned()));
            }
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

impl Rules {
    /// The rules for a class of data, by name.
    #[must_use]
    pub fn named(&self, keeps: &str) -> Vec<String> {
        let of = self.rules.iter().filter(|rule| rule.keeps == keeps);
        of.map(|rule| rule.id.clone()).collect()
    }

    /// What law says of a class of data at a time, for a customer whose last act was then; both in microseconds since
    /// 1970. The longest of the rules that apply counts. Without any rule nothing may be done with it: then there is
    /// one unverified rule, named `no-rule-for-…`.
    #[must_use]
    pub fn of(&self, class: Retention, last_act: i64, now: i64) -> Ruled {
        let today = day(now);
        let applies = |rule: &&Rule| {
            rule.keeps == class.as_str()
                && rule
                    .effective_from
                    .parse()
                    .is_ok_and(|from: jiff::civil::Date| from <= today)
        };
        let found: Vec<&Rule> = self.rules.iter().filter(applies).collect();
        let kept = found.iter().any(|rule| {
            let from = match rule.from {
                From::RelationshipEnd => today,
                From::LastAct => day(last_act),
            };
            let span = jiff::Span::new().months(i64::from(rule.months));
            rule.months > 0 && from.saturating_add(span) > today
        });
        let mut ruled = Ruled {
            kept,
            rules: found.iter().map(|rule| rule.id.clone()).collect(),
            unverified: Vec::new(),
        };
        if found.is_empty() {
            let none = format!("no-rule-for-{}", class.as_str().replace(' ', "-"));
            ruled.unverified.push(none);
        } else if !self.rehearsal {
            let unread = found.iter().filter(|rule| rule.verified_on.is_none());
            ruled.unverified = unread.map(|rule| rule.id.clone()).collect();
        }
        ruled
    }
}

fn day(micros: i64) -> jiff::civil::Date {
    let at = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    base::clock::china(at).date()
}

/// The classes that customers' rows are of.
fn classes() -> impl Iterator<Item = Retention> {
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

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000;
    /// 2026-01-15.
    const NOW: i64 = 20_468 * DAY;

    fn rule(months: u32, verified: bool) -> String {
        let by = if verified {
            "verified_by = \"counsel\"\nverified_on = \"2026-01-01\"\n"
        } else {
            ""
        };
        format!(
            "[[rule]]\nid = \"r{months}\"\nkeeps = \"transaction\"\nsource = \"s\"\narticle = \"1\"\nmonths = {months}\n\
             from = \"last-act\"\neffective_from = \"2025-01-01\"\n{by}"
        )
    }

    fn rules(body: &str, rehearsal: bool) -> Rules {
        parse(&format!(
            "format = \"{FORMAT}\"\nname = \"test\"\nrehearsal = {rehearsal}\n{body}"
        ))
        .unwrap()
    }

    #[test]
    fn the_longest_rule_counts() {
        let both = rules(&(rule(12, true) + &rule(120, true)), false);
        let years = |years: i64| both.of(Retention::Transaction, NOW - years * 366 * DAY, NOW).kept;
        assert!(years(2) && years(9), "the longer of the two has not passed");
        assert!(!years(11), "both have passed");
    }

    #[test]
    fn a_rule_that_nobody_verified_blocks_outside_of_a_rehearsal() {
        let ruled = |rehearsal| rules(&rule(12, false), rehearsal).of(Retention::Transaction, NOW, NOW);
        assert_eq!(ruled(false).unverified, ["r12"]);
        assert!(ruled(true).unverified.is_empty());
        let none = rules(&rule(12, true), true).of(Retention::Supply, NOW, NOW);
        assert_eq!(
            none.unverified,
            ["no-rule-for-supply"],
            "even a rehearsal invents no rule"
        );
    }

    #[test]
    fn what_is_no_rule_is_named() {
        let text = rule(12, true).replace("transaction", "transactions");
        let error = parse(&format!("format = \"{FORMAT}\"\nname = \"test\"\n{text}")).unwrap_err();
        assert!(
            error.to_string().contains("keeps must be one of identification"),
            "{error}"
        );
        let text = rule(12, true).replace("2025-01-01", "soon");
        let error = parse(&format!("format = \"{FORMAT}\"\nname = \"test\"\n{text}")).unwrap_err();
        assert!(error.to_string().contains("effective_from"), "{error}");
    }
}
