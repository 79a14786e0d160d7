//! What a runbook is told when it is run: named values with types and bounds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Characters of a text without a bound of its own.
pub const LONGEST_TEXT: u32 = 200;
/// Characters of a name.
const LONGEST_NAME: usize = 128;
/// Characters of an address.
const LONGEST_URL: usize = 300;

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its name: `a-z`, `0-9` and `_`.
    pub name: String,
    /// What it may be.
    pub kind: Kind,
    /// What to ask for, in Chinese.
    pub title_zh: String,
    /// What to ask for, in English.
    pub title_en: String,
    /// What it is if nobody says; without one somebody has to.
    pub default: Option<String>,
}

/// What a parameter may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Kind {
    /// Words on one line: a reason.
    Text {
        /// Characters at most.
        max: u32,
    },
    /// One word of letters, digits and `-_.:@/=,`: an id, a scope, a file.
    Name,
    /// An address of HTTP or HTTPS without credentials and without a query.
    Url,
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// One of a few words.
    Choice {
        /// Which.
        of: Vec<String>,
    },
}

impl Kind {
    /// The type's name in a page.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Name => "name",
            Self::Url => "url",
            Self::Integer { .. } => "integer",
            Self::Choice { .. } => "choice",
        }
    }

    /// Whether a value is one, and if not, what one is.
    ///
    /// # Errors
    /// What to write instead.
    pub fn check(&self, value: &str) -> Result<(), String> {
        // A value that begins so would be an option of the command that it is given to.
        let option = value.starts_with('-') && !matches!(self, Self::Integer { .. });
        // And one of dots alone would be a step up in an address.
        let dots = !value.is_empty() && value.chars().all(|c| c == '.');
        let length = value.chars().count();
        let fits = match self {
            Self::Text { max } => {
                let longest = usize::try_from(*max).unwrap_or(usize::MAX);
                let trimmed = value.trim() == value;
                trimmed && (1..=longest).contains(&length) && !value.chars().any(char::is_control)
            }
            Self::Name => (1..=LONGEST_NAME).contains(&length) && value.chars().all(plain),
            Self::Url => (1..=LONGEST_URL).contains(&length) && is_url(value),
            Self::Integer { min, max } => value
                .parse::<i64>()
                .is_ok_and(|number| number.to_string() == value && (*min..=*max).contains(&number)),
            Self::Choice { of } => of.iter().any(|one| one == value),
        };
        if fits && !option && !dots {
            return Ok(());
        }
        Err(match self {
            Self::Text { max } => {
                format!("1–{max} characters on one line, not beginning with '-', not dots alone")
            }
            Self::Name => format!(
                "1–{LONGEST_NAME} letters, digits and -_.:@/=, not beginning with '-', not dots alone"
            ),
            Self::Url => "http://HOST or https://HOST, without credentials and query".to_owned(),
            Self::Integer { min, max } => format!("a whole number of {min} to {max}"),
            Self::Choice { of } => format!("one of {}", of.join(", ")),
        })
    }
}

fn plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.:@/=,".contains(c)
}

fn is_url(value: &str) -> bool {
    let rest = value
        .strip_prefix("http://")
        .or_else(|| value.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        !host.is_empty()
            && rest
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.:/[]%".contains(c))
    })
}

/// Values of all parameters of one plan, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<String, String>);

/// Why values are none of a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// A parameter has neither a value nor a default.
    #[error("parameter {name} has no value ({title})")]
    Missing {
        /// Which.
        name: String,
        /// What it is.
        title: String,
    },
    /// A value is not of its type.
    #[error("parameter {name}: {mend}")]
    Unfit {
        /// Which.
        name: String,
        /// What to write.
        mend: String,
    },
    /// There is no such parameter.
    #[error("there is no parameter {name}; there are: {known}")]
    Unknown {
        /// Which.
        name: String,
        /// All that there are.
        known: String,
    },
}

impl Values {
    /// The values for some parameters: what was given, and defaults for the rest.
    ///
    /// # Errors
    /// The first that is missing, unknown or not of its type. No error repeats a value.
    pub fn of(parameters: &[Parameter], given: &BTreeMap<String, String>) -> Result<Self, ValueError> {
        for name in given.keys() {
            if !parameters.iter().any(|parameter| parameter.name == *name) {
                let known: Vec<&str> = parameters
                    .iter()
                    .map(|parameter| parameter.name.as_str())
                    .collect();
                return Err(ValueError::Unknown {
                    name: name.clone(),
                    known: known.join(", "),
                });
            }
        }
        let mut values = BTreeMap::new();
        for parameter in parameters {
            let name = parameter.name.clone();
            let Some(value) = given.get(&name).or(parameter.default.as_ref()) else {
                let title = format!("{} / {}", parameter.title_zh, parameter.title_en);
                return Err(ValueError::Missing { name, title });
            };
            if let Err(mend) = parameter.kind.check(value) {
                return Err(ValueError::Unfit { name, mend });
            }
            values.insert(name, value.clone());
        }
        Ok(Self(values))
    }

    /// One value.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// All of them, by name.
    #[must_use]
    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(kind: &Kind, good: &[&str], bad: &[&str]) {
        for value in good {
            assert_eq!(kind.check(value), Ok(()), "{value:?}");
        }
        for value in bad {
            assert!(kind.check(value).is_err(), "{value:?}");
        }
    }

    #[test]
    fn each_type_takes_what_it_is_for_and_nothing_that_could_be_read_otherwise() {
        let text = Kind::Text { max: 6 };
        fits(
            &text,
            &["a b", "核心系统故障", "$(x)"],
            &["", " a", "..", "a\nb", "1234567", "-rf", "--direct"],
        );
        let long = "x".repeat(129);
        fits(
            &Kind::Name,
            &["INC-7", "act=draw,product=credit", "/etc/t.json"],
            &["", ".", "..", "a b", "-x", "原", "a;b", &long],
        );
        fits(
            &Kind::Url,
            &[
                "http://127.0.0.1:7100",
                "https://a.bank.example/v1",
                "http://[::1]:8080",
            ],
            &[
                "a.bank",
                "ftp://a",
                "http://",
                "http://u:p@h",
                "http://h?x=1",
                "http://h/#a",
                "http:///a",
            ],
        );
        fits(
            &Kind::Integer { min: -3, max: 60 },
            &["-3", "0", "60"],
            &["", "61", "-4", "+1", "01", "1.5", "a"],
        );
        let choice = Kind::Choice {
            of: vec!["a".to_owned(), "b".to_owned()],
        };
        fits(&choice, &["a", "b"], &["", "c", "a "]);
    }
}
