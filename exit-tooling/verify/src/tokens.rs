//! Tokens: ids and digests that name a customer's rows. Which of them stands where has to be told apart, since some may
//! stay in some places.

use aho_corasick::AhoCorasick;
use uuid::Uuid;

use crate::VerifyError;

/// Finds tokens in bytes, and says which.
pub struct Finder {
    automaton: AhoCorasick,
    meanings: Vec<usize>,
}

/// The digits of an id that is a prefix, an underscore and a UUID's digits.
#[must_use]
pub fn uuid(token: &str) -> Option<Uuid> {
    let (prefix, digits) = token.split_once('_').unwrap_or(("", token));
    let plain = prefix.bytes().all(|byte| byte.is_ascii_lowercase()) && digits.len() == 32;
    if plain { Uuid::try_parse(digits).ok() } else { None }
}

/// Whether a text is an id, or a SHA-256 in hexadecimal.
#[must_use]
pub fn is_token(text: &str) -> bool {
    let digest = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    digest || uuid(text).is_some()
}

impl Finder {
    /// For these tokens.
    ///
    /// # Errors
    /// When they are too many.
    pub fn new(tokens: &[impl AsRef<str>]) -> Result<Self, VerifyError> {
        let (mut patterns, mut meanings) = (Vec::new(), Vec::new());
        for (place, token) in tokens.iter().enumerate() {
            let token = token.as_ref();
            let mut add = |pattern: Vec<u8>| {
                patterns.push(pattern);
                meanings.push(place);
            };
            match uuid(token) {
                Some(id) => {
                    let (simple, dashed) = (id.simple().to_string(), id.hyphenated().to_string());
                    add(simple.to_uppercase().into_bytes());
                    add(dashed.to_uppercase().into_bytes());
                    add(simple.into_bytes());
                    add(dashed.into_bytes());
                    add(id.as_bytes().to_vec());
                }
                None => add(token.as_bytes().to_vec()),
            }
        }
        let automaton = AhoCorasick::new(patterns).map_err(laws::leaks::SearchError::TooMany)?;
        Ok(Self { automaton, meanings })
    }

    /// Tells the place of every token in these bytes, once for each time that it stands there.
    pub fn find(&self, bytes: &[u8], mut each: impl FnMut(usize)) {
        for found in self.automaton.find_iter(bytes) {
            if let Some(token) = self.meanings.get(found.pattern().as_usize()) {
                each(*token);
            }
        }
    }
}
