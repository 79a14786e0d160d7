//! From a bearer token to a principal.

use std::fmt;
use std::path::Path;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::principal::Principal;
use crate::token_file::{self, TokenFileError};

/// Longer than any token that [`mint`](crate::mint) makes (68), with room for
/// other issuers' (a signed JWT has some hundred bytes); it bounds what a
/// stranger can make us hash.
const LONGEST: usize = 1024;

/// Everybody who may ask. Share it behind an `Arc`.
pub struct Tokens {
    entries: Vec<Entry>,
}

pub(crate) struct Entry {
    /// SHA-256 of the token, as words: four compares instead of thirty-two.
    pub(crate) sha256: [u64; 4],
    pub(crate) principal: Principal,
}

impl Tokens {
    /// Reads a [token file](crate::token_file).
    ///
    /// # Errors
    /// The file is absent, open to strangers, empty, or holds a line that is
    /// not acceptable: nothing is skipped.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, TokenFileError> {
        Ok(Self {
            entries: token_file::load(path.as_ref())?,
        })
    }

    /// The principal whose token this is.
    ///
    /// The presented token is hashed and compared with every entry to the end,
    /// so the time tells neither whether it matched nor where. Stored hashes of
    /// 256-bit tokens need no salt and no slow hash: there is no dictionary.
    #[must_use]
    pub fn principal(&self, bearer: &str) -> Option<Principal> {
        if bearer.len() > LONGEST {
            return None;
        }
        let presented = words(&digest(bearer));
        let mut found = Choice::from(0);
        let mut place = 0_u64;
        for (at, entry) in (0_u64..).zip(&self.entries) {
            let pairs = presented.iter().zip(&entry.sha256);
            let difference = pairs.fold(0, |all, (ours, theirs)| all | (ours ^ theirs));
            let same = difference.ct_eq(&0_u64);
            place.conditional_assign(&at, same);
            found |= same;
        }
        let place = usize::try_from(place).ok()?;
        if bool::from(found) {
            self.entries.get(place).map(|entry| entry.principal.clone())
        } else {
            None
        }
    }

    /// Names and roles, for a start-up message.
    pub fn principals(&self) -> impl Iterator<Item = &Principal> {
        self.entries.iter().map(|entry| &entry.principal)
    }
}

/// Shows how many, not which.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.entries.len())
    }
}

/// What is stored of a token.
pub(crate) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A digest as four words.
pub(crate) fn words(digest: &[u8; 32]) -> [u64; 4] {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(digest.as_chunks::<8>().0) {
        *word = u64::from_be_bytes(*bytes);
    }
    words
}
