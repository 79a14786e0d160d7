//! Looks for all needles at once in bytes that stream by.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::encoding::Encoding;
use super::matcher::{Builder, Found, Matcher, WINDOW};
use super::needle::Needles;

/// Bytes that are read at once: large enough that calls cost nothing, and all
/// that a file of any size takes of memory, beside the longest pattern.
const PIECE: usize = 1 << 20;

/// Bytes that a pattern must have. Six bytes, as a name of three characters has
/// in GBK and UTF-16, stand somewhere in a few gigabytes of sealed bytes by
/// chance once a thousand of them are looked for; eight don't.
const SHORTEST: usize = WINDOW;

/// The kind of what is no secret and must be found.
pub const CONTROL: &str = "control";

/// Why the needles can't be searched for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// There is nothing to look for, and finding nothing would mean nothing.
    #[error("there is no value to search for")]
    NoNeedle,
    /// They are too many.
    #[error("the values are too many for one search: draw fewer subjects")]
    TooMany,
}

/// Customer data in the clear.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The kind of field.
    pub kind: &'static str,
    /// How it was written.
    pub encoding: Encoding,
    /// Where it begins, in bytes.
    pub offset: u64,
}

/// All needles in all encodings. Eight bytes of each are held in a form that is not
/// wiped when it is dropped, so it must not outlive the check.
pub struct Search {
    matcher: Matcher,
    meanings: Vec<Meaning>,
    left_out: BTreeMap<&'static str, u64>,
}

struct Meaning {
    kind: &'static str,
    encoding: Encoding,
    /// Digits alone, in one byte each: a longer number that contains them is another number.
    number: bool,
}

impl Search {
    /// Builds it.
    ///
    /// # Errors
    /// When there is no needle, or there are more than the automaton can number.
    pub fn new(needles: &Needles) -> Result<Self, SearchError> {
        Self::with_controls(needles, &[])
    }

    /// The same; beside the needles it looks for texts that must be there, as they are: hits of kind [`CONTROL`].
    ///
    /// # Errors
    /// As [`Search::new`].
    pub fn with_controls(needles: &Needles, controls: &[&str]) -> Result<Self, SearchError> {
        if needles.is_empty() {
            return Err(SearchError::NoNeedle);
        }
        let mut patterns = Builder::default();
        let mut meanings = Vec::new();
        for control in controls {
            // One that is too short is never seen, and whoever asks for it is told so.
            if patterns.add(control.as_bytes()) {
                meanings.push(Meaning {
                    kind: CONTROL,
                    encoding: Encoding::Utf8,
                    number: false,
                });
            }
        }
        // What several customers have in common is looked for once.
        let mut distinct: Vec<_> = needles.iter().collect();
        distinct.sort_unstable_by(|a, b| a.identity().cmp(&b.identity()));
        distinct.dedup_by(|a, b| a.identity() == b.identity());
        let mut left_out = BTreeMap::new();
        for needle in distinct {
            let first = patterns.len();
            for (encoding, pattern) in needle.patterns() {
                if pattern.len() < SHORTEST {
                    *left_out.entry(needle.kind).or_default() += 1;
                    continue;
                }
                // ASCII is the same in UTF-8, GBK and URLs: found once, under the plainest name.
                if (first..patterns.len()).any(|known| patterns.get(known) == pattern.as_slice()) {
                    continue;
                }
                if !patterns.add(&pattern) {
                    return Err(SearchError::TooMany);
                }
                meanings.push(Meaning {
                    kind: needle.kind,
                    encoding,
                    number: pattern.iter().all(u8::is_ascii_digit) && encoding == Encoding::Utf8,
                });
            }
        }
        let matcher = patterns.build();
        Ok(Self {
            matcher,
            meanings,
            left_out,
        })
    }

    /// How many forms of the needles of each kind are too short to be looked for.
    #[must_use]
    pub fn left_out(&self) -> &BTreeMap<&'static str, u64> {
        &self.left_out
    }

    /// Tells every hit in bytes that are at hand.
    pub fn bytes(&self, bytes: &[u8], mut hit: impl FnMut(Hit)) {
        self.matcher.find(bytes, |found| {
            let Some(meaning) = self.meanings.get(found.pattern) else {
                return;
            };
            if !(meaning.number && within_number(bytes, &found)) {
                hit(Hit {
                    kind: meaning.kind,
                    encoding: meaning.encoding,
                    offset: found.start as u64,
                });
            }
        });
    }

    /// Reads to the end, tells every hit once, and answers how many bytes it saw.
    ///
    /// # Errors
    /// When reading fails.
    pub fn read(&self, reader: &mut impl Read, mut hit: impl FnMut(Hit)) -> io::Result<u64> {
        // A pattern and the byte behind it may lie across two pieces.
        let overlap = self.matcher.longest() + 1;
        let piece = PIECE.max(4 * overlap);
        let mut window: Vec<u8> = Vec::with_capacity(piece + overlap + 1);
        let mut base = 0; // where the window begins in what is read
        let mut before = 0; // bytes at its front that are there to be looked back at
        loop {
            let read = reader.by_ref().take(piece as u64).read_to_end(&mut window)?;
            let last = read < piece;
            let own = before..if last {
                window.len()
            } else {
                window.len() - overlap
            };
            self.matcher.find(&window, |found| {
                let Some(meaning) = self.meanings.get(found.pattern) else {
                    return;
                };
                if own.contains(&found.start) && !(meaning.number && within_number(&window, &found)) {
                    hit(Hit {
                        kind: meaning.kind,
                        encoding: meaning.encoding,
                        offset: base + found.start as u64,
                    });
                }
            });
            if last {
                return Ok(base + window.len() as u64);
            }
            let keep = own.end - 1;
            window.drain(..keep);
            base += keep as u64;
            before = 1;
        }
    }
}

fn within_number(window: &[u8], found: &Found) -> bool {
    let digit = |at: Option<usize>| at.and_then(|at| window.get(at)).is_some_and(u8::is_ascii_digit);
    digit(found.start.checked_sub(1)) || digit(Some(found.end))
}
