//! Finds any of very many byte strings in one pass.
//!
//! An automaton over a hundred thousand values in every encoding takes gigabytes, and a memory access that misses every
//! cache for each byte of input. Here each pattern is known by eight of its bytes, those that fewest others have; a bitmap
//! says of nearly every place that none stands there, and only what passes it is looked up and compared in full (Karp
//! and Rabin, 1987, over a window of fixed length).

use zeroize::Zeroizing;

/// Bytes by which a pattern is known; none may be shorter.
pub const WINDOW: usize = 8;

/// Bits of the bitmap for each pattern: one place in sixteen passes that has no pattern.
const BITS_EACH: usize = 16;
/// Counters of windows for each pattern, which has four.
const COUNTERS_EACH: usize = 8;
/// The smallest bitmap, which stays in the first cache, and the largest, 32 MB.
const BITS: std::ops::RangeInclusive<u32> = 12..=28;
/// An odd number without pattern: 2^64 over the golden ratio (Knuth, The Art of Computer Programming, 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Patterns to be looked for.
#[derive(Default)]
pub struct Builder {
    bytes: Zeroizing<Vec<u8>>,
    /// Where each pattern begins in `bytes`; it ends where the next begins.
    starts: Vec<u32>,
}

/// All patterns at once.
pub struct Matcher {
    patterns: Builder,
    filter: Vec<u64>,
    /// Bits of a hash that choose a bit of the filter.
    bits: u32,
    /// By hash: the window, which pattern has it, and where in that pattern.
    known: Vec<Known>,
    /// Where in `known` the hashes begin that share their first bits.
    firsts: Vec<u32>,
    longest: usize,
}

#[derive(Clone, Copy)]
struct Known {
    window: u64,
    pattern: u32,
    at: u32,
}

/// A pattern that stands somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Which, by the order in which they were added.
    pub pattern: usize,
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Builder {
    /// Adds a pattern, unless it is shorter than [`WINDOW`] or there is no room: four gigabytes of them; says whether it
    /// did.
    pub fn add(&mut self, pattern: &[u8]) -> bool {
        let fits = u32::try_from(self.bytes.len() + pattern.len()).is_ok();
        let Some(start) = u32::try_from(self.bytes.len()).ok().filter(|_| fits) else {
            return false;
        };
        if pattern.len() < WINDOW {
            return false;
        }
        self.starts.push(start);
        self.bytes.extend_from_slice(pattern);
        true
    }

    /// A pattern's bytes.
    #[must_use]
    pub fn get(&self, pattern: usize) -> &[u8] {
        let begin = |at: usize| self.starts.get(at).map(|start| *start as usize);
        let end = begin(pattern + 1).unwrap_or(self.bytes.len());
        begin(pattern)
            .and_then(|start| self.bytes.get(start..end))
            .unwrap_or_default()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Makes them ready.
    #[must_use]
    pub fn build(self) -> Matcher {
        let mut known = self.windows();
        known.sort_unstable_by_key(|known| hash(known.window));
        let wanted = (known.len() * BITS_EACH).next_power_of_two().trailing_zeros();
        let bits = wanted.clamp(*BITS.start(), *BITS.end());
        let mut filter = vec![0; 1 << (bits - 6)];
        let groups = group_bits(known.len());
        let mut firsts = vec![0; (1 << groups) + 1];
        for one in &known {
            let hash = hash(one.window);
            let (word, bit) = place(hash, bits);
            if let Some(word) = filter.get_mut(word) {
                *word |= bit;
            }
            if let Some(count) = firsts.get_mut(group(hash, groups) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for first in &mut firsts {
            sum += *first;
            *first = sum;
        }
        let longest = (0..self.len()).map(|at| self.get(at).len()).max().unwrap_or(0);
        Matcher {
            patterns: self,
            filter,
            bits,
            known,
            firsts,
            longest,
        }
    }

    /// For each pattern the window that fewest others have, of four: what many begin or end with, such as a
    /// ciphertext's header, would have each of them compared wherever it stands. Windows are counted by their hash, and
    /// two that share one are counted together: then another is chosen, which is as good.
    fn windows(&self) -> Vec<Known> {
        let wanted = (self.len() * COUNTERS_EACH).next_power_of_two().trailing_zeros();
        let bits = wanted.clamp(*BITS.start(), *BITS.end());
        let mut common = vec![0_u8; 1 << bits];
        for pattern in 0..self.len() {
            for (window, _) in candidates(self.get(pattern)) {
                if let Some(count) = common.get_mut(group(hash(window), bits)) {
                    *count = count.saturating_add(1);
                }
            }
        }
        let count = |window| common.get(group(hash(window), bits)).copied().unwrap_or_default();
        let rarest = |pattern: usize| {
            let (window, at) = candidates(self.get(pattern)).min_by_key(|(window, _)| count(*window))?;
            Some(Known {
                window,
                pattern: u32::try_from(pattern).ok()?,
                at: u32::try_from(at).ok()?,
            })
        };
        (0..self.len()).filter_map(rarest).collect()
    }
}

impl Matcher {
    /// Bytes of the longest pattern.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Tells every pattern wherever it stands, overlapping ones too, in the order of their windows.
    pub fn find(&self, bytes: &[u8], mut each: impl FnMut(Found)) {
        let groups = group_bits(self.known.len());
        let mut window = 0;
        for (end, byte) in bytes.iter().enumerate() {
            window = (window >> 8) | (u64::from(*byte) << 56);
            if end + 1 < WINDOW {
                continue;
            }
            let hash = hash(window);
            let (word, bit) = place(hash, self.bits);
            if self.filter.get(word).is_some_and(|word| word & bit != 0) {
                self.compare(bytes, (window, group(hash, groups)), end + 1 - WINDOW, &mut each);
            }
        }
    }

    fn compare(
        &self,
        bytes: &[u8],
        (window, group): (u64, usize),
        place: usize,
        each: &mut impl FnMut(Found),
    ) {
        let first = |group: usize| self.firsts.get(group).map_or(0, |first| *first as usize);
        let of = self.known.get(first(group)..first(group + 1)).unwrap_or_default();
        for known in of.iter().filter(|known| known.window == window) {
            let pattern = self.patterns.get(known.pattern as usize);
            let Some(start) = place.checked_sub(known.at as usize) else {
                continue;
            };
            let end = start + pattern.len();
            if bytes.get(start..end) == Some(pattern) {
                each(Found {
                    pattern: known.pattern as usize,
                    start,
                    end,
                });
            }
        }
    }
}

/// Windows of a pattern that it may be known by: its first, its last and two between, with their places.
fn candidates(pattern: &[u8]) -> impl Iterator<Item = (u64, usize)> {
    let last = pattern.len().saturating_sub(WINDOW);
    let places = [0, last / 3, last * 2 / 3, last];
    places.into_iter().filter_map(|at| {
        let window = pattern.get(at..at + WINDOW)?.try_into().ok()?;
        Some((u64::from_le_bytes(window), at))
    })
}

const fn hash(window: u64) -> u64 {
    // The low bytes move the high bits only by way of the product, and the high ones hardly: folded once more.
    let product = window.wrapping_mul(SPREAD);
    (product ^ (product >> 32)).wrapping_mul(SPREAD)
}

/// Which bit of the filter: of which word, and which of its bits.
fn place(hash: u64, bits: u32) -> (usize, u64) {
    let bit = hash >> (64 - bits);
    (usize::try_from(bit >> 6).unwrap_or(usize::MAX), 1 << (bit & 63))
}

/// Bits that choose a group of hashes: about as many groups as patterns.
fn group_bits(patterns: usize) -> u32 {
    patterns
        .next_power_of_two()
        .trailing_zeros()
        .clamp(1, *BITS.end())
}

fn group(hash: u64, bits: u32) -> usize {
    usize::try_from(hash >> (64 - bits)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::*;

    fn all(patterns: &[Vec<u8>], bytes: &[u8]) -> Vec<Found> {
        let mut builder = Builder::default();
        for pattern in patterns {
            assert!(builder.add(pattern));
        }
        let mut found = Vec::new();
        builder.build().find(bytes, |one| found.push(one));
        found.sort_unstable();
        found
    }

    fn automaton(patterns: &[Vec<u8>], bytes: &[u8]) -> Vec<Found> {
        let automaton = AhoCorasick::new(patterns).unwrap();
        let mut found: Vec<Found> = automaton
            .find_overlapping_iter(bytes)
            .map(|found| Found {
                pattern: found.pattern().as_usize(),
                start: found.start(),
                end: found.end(),
            })
            .collect();
        found.sort_unstable();
        found
    }

    proptest! {
        /// Of two letters, so that patterns repeat, contain and overlap one another, and stand everywhere.
        #[test]
        fn it_finds_what_an_automaton_finds(
            patterns in prop::collection::vec(prop::collection::vec(0_u8..2, 8..14), 1..60),
            bytes in prop::collection::vec(0_u8..2, 0..400),
        ) {
            prop_assert_eq!(all(&patterns, &bytes), automaton(&patterns, &bytes));
        }

        #[test]
        fn it_finds_what_stands_amid_anything(
            patterns in prop::collection::vec(prop::collection::vec(any::<u8>(), 8..80), 1..40),
            between in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 40),
        ) {
            let bytes: Vec<u8> = patterns.iter().zip(&between).flat_map(|(a, b)| [a.clone(), b.clone()].concat()).collect();
            let found = all(&patterns, &bytes);
            prop_assert!(found.len() >= patterns.len());
            prop_assert_eq!(found, automaton(&patterns, &bytes));
        }
    }

    /// A hundred thousand with one head, one end, or both, as ciphertexts and kept answers have.
    #[test]
    fn what_many_have_in_common_is_not_what_they_are_known_by() {
        let head = b"\x01\x01 of a ciphertext";
        let number = |n: u64| n.wrapping_mul(SPREAD).to_be_bytes();
        let shapes: [&dyn Fn(u64) -> Vec<u8>; 3] = [
            &|n| [&head[..], &number(n)].concat(),
            &|n| [&number(n)[..], head].concat(),
            &|n| [&b"\x01\x01 key "[..], &number(n), &number(n + 1), b" its end"].concat(),
        ];
        for shape in shapes {
            let mut builder = Builder::default();
            for n in 0..100_000 {
                assert!(builder.add(&shape(n)));
            }
            let matcher = builder.build();
            let mut windows: Vec<u64> = matcher.known.iter().map(|known| known.window).collect();
            windows.sort_unstable();
            let alike = windows.chunk_by(|a, b| a == b).map(<[u64]>::len).max();
            assert!(
                alike < Some(4),
                "{alike:?} are compared wherever one of them may stand"
            );
            let mut found = Vec::new();
            matcher.find(&[head, &shape(77)[..], head].concat(), |one| {
                found.push(one.pattern)
            });
            assert_eq!(found, [77]);
        }
    }

    #[test]
    fn what_is_too_short_is_not_taken_and_nothing_finds_nothing() {
        let mut builder = Builder::default();
        assert!(!builder.add(b"1234567") && builder.is_empty());
        builder.build().find(&[0; 100], |found| panic!("{found:?}"));
    }
}
