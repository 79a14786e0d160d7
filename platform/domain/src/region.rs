//! Administrative regions by their six-digit code, GB/T 2260.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

/// The province-level prefixes of GB/T 2260: they are few and stable, while
/// counties are merged and renamed every year.
const PROVINCES: [u8; 34] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
    61, 62, 63, 64, 65, 71, 81, 82,
];

/// Not a region code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a region: six digits of GB/T 2260 that begin with a province")]
pub struct NotARegion;

/// A region's six-digit code whose province exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Region(String);

impl Region {
    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The two digits of the province.
    #[must_use]
    pub fn province(&self) -> &str {
        self.0.get(..2).unwrap_or_default()
    }
}

/// Whether the text begins with six digits of which two name a province.
pub(crate) fn is_region(digits: &str) -> bool {
    digits.len() == 6
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits
            .get(..2)
            .and_then(|two| two.parse().ok())
            .is_some_and(|two: u8| PROVINCES.contains(&two))
}

impl FromStr for Region {
    type Err = NotARegion;

    fn from_str(text: &str) -> Result<Self, NotARegion> {
        if is_region(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotARegion)
        }
    }
}

impl TryFrom<&str> for Region {
    type Error = NotARegion;

    fn try_from(text: &str) -> Result<Self, NotARegion> {
        text.parse()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
