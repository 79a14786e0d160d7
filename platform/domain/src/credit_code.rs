//! The unified social credit code (统一社会信用代码) of an enterprise, GB 32100-2015.

use std::fmt;
use std::str::FromStr;

use crate::codes::CodeError;

/// The 31 characters of the standard, each worth its position: no I, O, S, V, Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Weights of the 17 body characters: 3^i mod 31 (GB 32100-2015, table of weights).
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

const BODY: usize = 17;
const LENGTH: usize = 18;

/// A code whose check character fits.
///
/// The organisation's own check character inside (position 17, GB 11714) is not
/// tested: codes of self-employed businesses are known not to follow it. It is
/// customer data: no `Display`, no serde; [`CreditCode::as_str`] is the door.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(String);

impl CreditCode {
    /// Completes 17 characters with their check character.
    ///
    /// # Errors
    /// Not 17 characters, a character outside the alphabet, or a letter in the
    /// region (positions 3–8).
    pub fn from_body(body: &str) -> Result<Self, CodeError> {
        let check = check_character(body)?;
        let mut code = String::with_capacity(LENGTH);
        code.push_str(body);
        code.push(check);
        Ok(Self(code))
    }

    /// All 18 characters in the clear.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// First four and last two characters, for recognition by eye.
    #[must_use]
    pub fn masked(&self) -> String {
        let head = self.0.get(..4).unwrap_or_default();
        let tail = self.0.get(16..).unwrap_or_default();
        format!("{head}************{tail}")
    }
}

fn check_character(body: &str) -> Result<char, CodeError> {
    if body.len() != BODY {
        return Err(CodeError::Length(LENGTH));
    }
    let mut sum = 0;
    for (index, (byte, weight)) in body.bytes().zip(WEIGHTS).enumerate() {
        let position = index + 1;
        let value = ALPHABET
            .iter()
            .position(|known| *known == byte)
            .ok_or(CodeError::Character(position))?;
        if (3..=8).contains(&position) && !byte.is_ascii_digit() {
            return Err(CodeError::Character(position));
        }
        sum += value * weight;
    }
    let check = (31 - sum % 31) % 31;
    Ok(char::from(ALPHABET.get(check).copied().unwrap_or(b'0')))
}

impl FromStr for CreditCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        if text.len() != LENGTH {
            return Err(CodeError::Length(LENGTH));
        }
        let (body, check) = text.split_at_checked(BODY).ok_or(CodeError::Character(BODY))?;
        let code = Self::from_body(body)?;
        if code.0.ends_with(check) {
            Ok(code)
        } else {
            Err(CodeError::Check)
        }
    }
}

impl TryFrom<&str> for CreditCode {
    type Error = CodeError;

    fn try_from(text: &str) -> Result<Self, CodeError> {
        text.parse()
    }
}

impl fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CreditCode(redacted)")
    }
}
