//! Legal holds: customers whose data nobody may purge, whatever the rules say, until the hold ends.

use std::path::Path;

use serde::Deserialize;

/// The one format.
pub const FORMAT: &str = "backstop-holds/1";
/// Ten thousand holds of a hundred bytes: more is not a file that somebody keeps by hand.
const MOST_BYTES: u64 = 1024 * 1024;

/// One hold. Why is said elsewhere: that an investigation exists may itself be confidential (AML Law 2024, 7 and 35).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Its reference at whoever ordered it.
    pub id: String,
    /// The firm.
    pub firm: String,
    /// The first day that it does not hold any more, `YYYY-MM-DD`; without one it holds until it is taken out.
    pub until: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    #[serde(default)]
    hold: Vec<Hold>,
}

/// Why a file of holds is none.
#[derive(Debug, thiserror::Error)]
pub enum HoldsError {
    /// It cannot be read.
    #[error("the file of holds cannot be read")]
    Io(#[from] std::io::Error),
    /// It is too long to be one.
    #[error("the file of holds has more than {MOST_BYTES} bytes")]
    TooLong,
    /// It is not of the format.
    #[error("the file of holds: {0}")]
    Toml(#[from] toml::de::Error),
    /// Another format.
    #[error("the file of holds: format must be {FORMAT:?}")]
    Format,
    /// A date is none: read wrongly, it would end a hold.
    #[error("hold {0:?}: until must be a date, YYYY-MM-DD")]
    Until(String),
}

/// Reads a file of holds.
///
/// # Errors
/// [`HoldsError`] names the field and the mend.
pub fn read(path: &Path) -> Result<Vec<Hold>, HoldsError> {
    if std::fs::metadata(path)?.len() > MOST_BYTES {
        return Err(HoldsError::TooLong);
    }
    let file: File = toml::from_str(&std::fs::read_to_string(path)?)?;
    if file.format != FORMAT {
        return Err(HoldsError::Format);
    }
    for hold in &file.hold {
        if let Some(until) = &hold.until
            && until.parse::<jiff::civil::Date>().is_err()
        {
            return Err(HoldsError::Until(hold.id.clone()));
        }
    }
    Ok(file.hold)
}

/// Whether a firm is held on a day in China; `today` in microseconds since 1970.
#[must_use]
pub fn held(holds: &[Hold], firm: &str, today: i64) -> bool {
    let at = jiff::Timestamp::from_microsecond(today).unwrap_or_default();
    let today = base::clock::china(at).date();
    holds.iter().any(|hold| {
        let over = hold
            .until
            .as_ref()
            .and_then(|until| until.parse().ok())
            .is_some_and(|until: jiff::civil::Date| until <= today);
        hold.firm == firm && !over
    })
}
