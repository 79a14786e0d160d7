//! What is looked for.

use zeroize::Zeroizing;

use super::encoding::{Encoding, Pattern};

/// Bits that a value must be worth. A six-digit code is worth 20 and stands in
/// every file by chance; a mobile number is worth 36, a name of three
/// characters 27.
const ENOUGH_BITS: f64 = 24.0;

/// Different characters that a value must have: `000000000000` is padding.
const ENOUGH_CHARACTERS: usize = 3;

/// Bytes that are no text must be that many: eight random ones stand in no file by chance.
pub const ENOUGH_BYTES: usize = 8;

/// Different bytes among them: a run of zeroes is padding.
pub const ENOUGH_DIFFERENT: usize = 4;

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
    pub(super) form: Form,
    pub(super) value: Zeroizing<Vec<u8>>,
}

/// In which encodings a value is looked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// In every encoding of text.
    Text,
    /// As it is, and in no other encoding.
    Token,
    /// In every encoding of bytes.
    Bytes,
}

impl Needle {
    /// What makes it the same as another.
    pub(super) fn identity(&self) -> (&'static str, Form, &[u8]) {
        (self.kind, self.form, &self.value)
    }

    /// Every pattern that shows it, with the encoding.
    pub(super) fn patterns(&self) -> Vec<(Encoding, Pattern)> {
        let text = std::str::from_utf8(&self.value).unwrap_or_default();
        let encodings: &[Encoding] = match self.form {
            Form::Text => &Encoding::ALL,
            Form::Token => &[Encoding::Utf8],
            Form::Bytes => &Encoding::OF_BYTES,
        };
        let of = |encoding: Encoding| match self.form {
            Form::Text | Form::Token => encoding.patterns(text),
            Form::Bytes => encoding.of_bytes(&self.value),
        };
        let with = |encoding: &Encoding| {
            of(*encoding)
                .into_iter()
                .map(|pattern| (*encoding, pattern))
                .collect::<Vec<_>>()
        };
        encodings.iter().flat_map(with).collect()
    }
}

impl Needles {
    /// Adds a value of that kind of field, such as `phone`.
    ///
    /// # Errors
    /// When the value is worth less than 24 bits or has fewer than three
    /// different characters. The caller counts those: they were not searched for.
    pub fn add(&mut self, kind: &'static str, value: &str) -> Result<(), TooWeak> {
        self.add_as(kind, Form::Text, value)
    }

    /// Adds a text that is looked for as it is and in no other encoding, such as an id.
    ///
    /// # Errors
    /// As [`Needles::add`].
    pub fn add_token(&mut self, kind: &'static str, value: &str) -> Result<(), TooWeak> {
        self.add_as(kind, Form::Token, value)
    }

    fn add_as(&mut self, kind: &'static str, form: Form, value: &str) -> Result<(), TooWeak> {
        let mut different: Vec<char> = value.chars().collect();
        different.sort_unstable();
        different.dedup();
        if different.len() < ENOUGH_CHARACTERS || value.chars().map(bits).sum::<f64>() < ENOUGH_BITS {
            return Err(TooWeak { kind });
        }
        self.push(kind, form, value.as_bytes());
        Ok(())
    }

    /// Adds bytes that are no text, such as a ciphertext: looked for as they are, in hexadecimal and in base64.
    ///
    /// # Errors
    /// When they are fewer than [`ENOUGH_BYTES`] or have fewer than [`ENOUGH_DIFFERENT`] different values.
    pub fn add_bytes(&mut self, kind: &'static str, value: &[u8]) -> Result<(), TooWeak> {
        let mut different = value.to_vec();
        different.sort_unstable();
        different.dedup();
        if value.len() < ENOUGH_BYTES || different.len() < ENOUGH_DIFFERENT {
            return Err(TooWeak { kind });
        }
        self.push(kind, Form::Bytes, value);
        Ok(())
    }

    fn push(&mut self, kind: &'static str, form: Form, value: &[u8]) {
        let value = Zeroizing::new(value.to_vec());
        self.0.push(Needle { kind, form, value });
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
