//! From a bearer token to a principal.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use base::clock::Clock;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::principal::Principal;
use crate::token_file::{self, Stamp, TokenFileError};

/// Longer than any token that [`mint`](crate::mint) makes (68), with room for
/// other issuers' (a signed JWT has some hundred bytes); it bounds what a
/// stranger can make us hash.
const LONGEST: usize = 1024;

/// Everybody who may ask, as the token file says. Share it behind an `Arc`.
pub struct Tokens {
    path: PathBuf,
    clock: Clock,
    entries: RwLock<Vec<Entry>>,
    /// The state of the file that was last looked at, taken or refused.
    seen: Mutex<Option<Stamp>>,
}

pub(crate) struct Entry {
    /// SHA-256 of the token, as words: four compares instead of thirty-two.
    pub(crate) sha256: [u64; 4],
    pub(crate) principal: Principal,
    /// From this moment on the token is nobody's, in microseconds.
    pub(crate) not_after: Option<i64>,
}

/// What a look at the token file brought.
#[derive(Debug)]
pub enum Refreshed {
    /// The file is as it was.
    Unchanged,
    /// Another list is in force, with so many tokens.
    Changed(usize),
    /// The file is refused as a whole; the list before it stays in force.
    Refused(TokenFileError),
}

impl Tokens {
    /// Reads a [token file](crate::token_file).
    ///
    /// # Errors
    /// The file is absent, open to strangers, empty, or holds a line that is
    /// not acceptable: nothing is skipped.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, TokenFileError> {
        let path = path.as_ref();
        // Before the file is read: a change in between is then seen at the next look.
        let seen = token_file::stamp(path);
        Ok(Self {
            path: path.to_owned(),
            clock: Clock::system(),
            entries: RwLock::new(token_file::load(path)?),
            seen: Mutex::new(seen),
        })
    }

    /// The same, with tokens that end by this clock.
    #[must_use]
    pub fn by(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Looks at the file again, and takes what it says if it changed and is
    /// acceptable. A file that is gone or refused leaves the list as it is: a slip
    /// of an editor must not lock everybody out. A refused file is told once.
    pub fn refresh(&self) -> Refreshed {
        let stamp = token_file::stamp(&self.path);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == stamp {
            return Refreshed::Unchanged;
        }
        *seen = stamp;
        match token_file::load(&self.path) {
            Ok(entries) => {
                let count = entries.len();
                *self.entries.write().unwrap_or_else(PoisonError::into_inner) = entries;
                Refreshed::Changed(count)
            }
            Err(error) => Refreshed::Refused(error),
        }
    }

    /// The principal whose token this is, unless it has ended.
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
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = Choice::from(0);
        let mut place = 0_u64;
        for (at, entry) in (0_u64..).zip(entries.iter()) {
            let pairs = presented.iter().zip(&entry.sha256);
            let difference = pairs.fold(0, |all, (ours, theirs)| all | (ours ^ theirs));
            let same = difference.ct_eq(&0_u64);
            place.conditional_assign(&at, same);
            found |= same;
        }
        let place = usize::try_from(place).ok()?;
        if !bool::from(found) {
            return None;
        }
        let entry = entries.get(place)?;
        // Only who holds the token gets as far as the clock.
        let ended = entry.not_after.is_some_and(|end| self.clock.now_micros() >= end);
        (!ended).then(|| entry.principal.clone())
    }

    /// Names and roles, for a start-up message.
    #[must_use]
    pub fn principals(&self) -> Vec<Principal> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.iter().map(|entry| entry.principal.clone()).collect()
    }
}

/// Shows how many, not which.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        write!(f, "Tokens({})", entries.len())
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
