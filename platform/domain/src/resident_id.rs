//! The resident identity number (公民身份号码) of a person, GB 11643-1999.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::codes::CodeError;
use crate::region::is_region;

/// Weights of the 17 body digits: 2^(17-i) mod 11 (ISO 7064 MOD 11-2, as GB 11643-1999 uses it).
const WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The check character for each remainder of the weighted sum by 11.
const CHECKS: &[u8; 11] = b"10X98765432";

const BODY: usize = 17;
const LENGTH: usize = 18;

/// A number with an existing province and date of birth whose check character fits.
///
/// It is customer data: no `Display`, no serde; [`ResidentId::as_str`] is the door.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentId(String);

impl ResidentId {
    /// Completes 17 digits with their check character.
    ///
    /// # Errors
    /// Not 17 digits, or no existing province or date of birth.
    pub fn from_body(body: &str) -> Result<Self, CodeError> {
        if body.len() != BODY {
            return Err(CodeError::Length(LENGTH));
        }
        let mut sum = 0;
        for (index, (byte, weight)) in body.bytes().zip(WEIGHTS).enumerate() {
            if !byte.is_ascii_digit() {
                return Err(CodeError::Character(index + 1));
            }
            sum += usize::from(byte - b'0') * weight;
        }
        if !body.get(..6).is_some_and(is_region) {
            return Err(CodeError::Region);
        }
        birth(body).ok_or(CodeError::Birth)?;
        let check = CHECKS.get(sum % 11).copied().unwrap_or(b'0');
        Ok(Self(format!("{body}{}", char::from(check))))
    }

    /// All 18 characters in the clear.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// First and last character only: the rest tells region, birthday and sex.
    #[must_use]
    pub fn masked(&self) -> String {
        let head = self.0.get(..1).unwrap_or_default();
        let tail = self.0.get(17..).unwrap_or_default();
        format!("{head}****************{tail}")
    }
}

/// Digits 7–14 as a date; before 1850 nobody was alive who could hold a number.
fn birth(body: &str) -> Option<Date> {
    let part = |from: usize, to: usize| body.get(from..to)?.parse::<i16>().ok();
    let month = i8::try_from(part(10, 12)?).ok()?;
    let day = i8::try_from(part(12, 14)?).ok()?;
    let year = part(6, 10).filter(|year| *year >= 1850)?;
    Date::new(year, month, day).ok()
}

impl FromStr for ResidentId {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        if text.len() != LENGTH {
            return Err(CodeError::Length(LENGTH));
        }
        let (body, check) = text.split_at_checked(BODY).ok_or(CodeError::Character(BODY))?;
        let id = Self::from_body(body)?;
        if id.0.ends_with(check) {
            Ok(id)
        } else {
            Err(CodeError::Check)
        }
    }
}

impl TryFrom<&str> for ResidentId {
    type Error = CodeError;

    fn try_from(text: &str) -> Result<Self, CodeError> {
        text.parse()
    }
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResidentId(redacted)")
    }
}
