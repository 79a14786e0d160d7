//! What is looked for.

use zeroize::Zeroizing;

/// Bits that a value must be worth. A six-digit code is worth 20 and stands in
/// every file by chance; a mobile number is worth 36, a name of three
/// characters 27.
const ENOUGH_BITS: f64 = 24.0;

/// Different characters that a value must have: `000000000000` is padding.
const ENOUGH_CHARACTERS: usize = 3;

/// A value that would be found by chance, so that finding it means nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a value of kind {kind} is too short or too even to be searched for: it would be found by chance")]
pub struct TooWeak {
    /// The kind of field.
    pub kind: &'static str,
}

/// Values that must be nowhere. They are wiped when dropped, and nothing shows them.
#[derive(Default)]
pub struct Needles(Vec<Needle>);

pub(super) struct Needle {
    pub(super) kind: &'static str,
    pub(super) value: Zeroizing<String>,
}

impl Needles {
    /// Adds a value of that kind of field, such as `phone`.
    ///
    /// # Errors
    /// When the value is worth less than 24 bits or has fewer than three
    /// different characters. The caller counts those: they were not searched for.
    pub fn add(&mut self, kind: &'static str, value: &str) -> Result<(), TooWeak> {
        let mut different: Vec<char> = value.chars().collect();
        different.sort_unstable();
        different.dedup();
        if different.len() < ENOUGH_CHARACTERS || value.chars().map(bits).sum::<f64>() < ENOUGH_BITS {
            return Err(TooWeak { kind });
        }
        self.0.push(Needle {
            kind,
            value: Zeroizing::new(value.to_owned()),
        });
        Ok(())
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Needle> {
        self.0.iter()
    }
}

/// What a character is worth: log2 of how many are about as likely. Of Chinese
/// characters, some five hundred make up most names.
fn bits(character: char) -> f64 {
    match character {
        '0'..='9' => 3.3,
        'a'..='z' | 'A'..='Z' => 4.7,
        ' '..='~' => 2.0,
        _ => 9.0,
    }
}
