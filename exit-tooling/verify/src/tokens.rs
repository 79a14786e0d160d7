//! Tokens: ids and digests that name a customer's rows. Which of them stands where has to be told apart, since some may
//! stay in some places.

use laws::leaks::{Builder, Matcher, SearchError};
use uuid::Uuid;

use crate::VerifyError;

/// Finds tokens in bytes, and says which.
pub struct Finder {
    matcher: Matcher,
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
        let (mut patterns, mut meanings) = (Builder::default(), Vec::new());
        for (place, token) in tokens.iter().enumerate() {
            let token = token.as_ref();
            let forms = match uuid(token) {
                Some(id) => {
                    let (simple, dashed) = (id.simple().to_string(), id.hyphenated().to_string());
                    let upper = [simple.to_uppercase(), dashed.to_uppercase()];
                    let mut forms = vec![id.as_bytes().to_vec()];
                    // Of digits alone both are one.
                    forms.extend(
                        upper
                            .into_iter()
                            .filter(|upper| *upper != simple && *upper != dashed)
                            .map(String::into_bytes),
                    );
                    forms.extend([simple.into_bytes(), dashed.into_bytes()]);
                    forms
                }
                None => vec![token.as_bytes().to_vec()],
            };
            for form in forms {
                if !patterns.add(&form) {
                    return Err(SearchError::TooMany.into());
                }
                meanings.push(place);
            }
        }
        Ok(Self {
            matcher: patterns.build(),
            meanings,
        })
    }

    /// Tells the place of every token in these bytes, once for each time that it stands there.
    pub fn find(&self, bytes: &[u8], mut each: impl FnMut(usize)) {
        self.matcher.find(bytes, |found| {
            if let Some(token) = self.meanings.get(found.pattern) {
                each(*token);
            }
        });
    }
}
