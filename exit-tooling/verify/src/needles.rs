//! What is searched for: everything of the witness, in every form.

use std::collections::{BTreeMap, BTreeSet};

use certificate::verification::Needles as Count;
use laws::leaks::{Needles, Search, TooWeak};
use store::sealed;

use crate::VerifyError;
use crate::opened::bytes;
use crate::tokens::uuid;
use crate::witness::Witness;

/// The kind of an id or digest of the customers'.
pub const TOKEN: &str = "token";
/// The kind of what must be in the lending database: the exit's id.
pub const EXIT: &str = "control: exit";
/// The kind of what must be in the key store: its identity.
pub const STORE: &str = "control: key store";

/// Characters of a text, and bytes of a value, beyond which parts are looked for instead of the whole: databases cut
/// long values over pages, and a part that was left behind is found too.
const WHOLE: usize = 64;
/// Length of a part.
const PART: usize = 32;
/// From one part's beginning to the next. A page's cut spoils one part, not its neighbours.
const STEP: usize = 64;

/// A kind as reports name it; what is no known sealed column is one of the other kinds.
fn kind(name: &str) -> &'static str {
    let column = sealed::ALL
        .iter()
        .find(|column| column.column == name)
        .map(|column| column.column);
    column.unwrap_or(match name {
        "blind-index" => "blind-index",
        "wrapped-key" => "wrapped-key",
        "row-key" => "row-key",
        _ => "ciphertext",
    })
}

/// Bytes of forms that are looked for in one pass, which takes some four times that; what is more is looked for in
/// further passes.
const FORMS: usize = 256 << 20;

/// A part of what is looked for: as much as one search holds.
#[derive(Debug, Default)]
pub struct Chunk<'a> {
    texts: Vec<(&'static str, &'a str)>,
    bytes: Vec<(&'static str, Vec<u8>)>,
    /// The tokens among it.
    pub tokens: Vec<&'a str>,
    forms: usize,
}

/// Everything of a witness, each value once.
///
/// # Errors
/// [`VerifyError::Malformed`].
pub fn chunks(witness: &Witness) -> Result<Vec<Chunk<'_>>, VerifyError> {
    chunks_of(witness, FORMS)
}

fn chunks_of(witness: &Witness, most: usize) -> Result<Vec<Chunk<'_>>, VerifyError> {
    let mut chunks = Vec::new();
    let mut chunk = Chunk::default();
    for (name, values) in &witness.texts {
        for value in values.iter().collect::<BTreeSet<_>>() {
            chunk.texts.push((kind(name), value));
            // All encodings together: base64 alone is six times four thirds, JSON's escapes four times two to six.
            chunks.extend(chunk.grown(most, value.len() * 34));
        }
    }
    for (name, values) in &witness.bytes {
        for value in values.iter().collect::<BTreeSet<_>>() {
            let value = bytes(value).ok_or(VerifyError::Malformed)?;
            // Raw, twice two for hexadecimal, six times four thirds for base64.
            let forms = value.len().min(WHOLE).max(value.len() / 2) * 13;
            chunk.bytes.push((kind(name), value));
            chunks.extend(chunk.grown(most, forms));
        }
    }
    for token in &witness.tokens {
        chunk.tokens.push(token);
        // An id's sixteen bytes as above, and twice with dashes.
        chunks.extend(chunk.grown(most, 280));
    }
    chunks.push(chunk);
    Ok(chunks)
}

impl Chunk<'_> {
    /// Counts what was added; a full one is handed out, and an empty one begun.
    fn grown(&mut self, most: usize, forms: usize) -> Option<Self> {
        self.forms += forms;
        (self.forms > most).then(|| std::mem::take(self))
    }

    /// The search for its values, tokens left out, and for the controls.
    ///
    /// # Errors
    /// [`VerifyError::Search`].
    pub fn values(
        &self,
        controls: Controls<'_>,
        counts: &mut BTreeMap<String, Count>,
    ) -> Result<Search, VerifyError> {
        let mut needles = Needles::default();
        for (kind, value) in &self.texts {
            let added = parts(value).into_iter().map(|part| needles.add(kind, &part));
            count(counts, kind, any(added));
        }
        for (kind, value) in &self.bytes {
            let added = windows(value)
                .into_iter()
                .map(|part| needles.add_bytes(kind, part));
            count(counts, kind, any(added));
        }
        // One that is too weak is never seen, and the verdict is that nobody looked.
        for (kind, value) in [(EXIT, controls.exit), (STORE, controls.store)] {
            let _weak = needles.add_token(kind, value);
        }
        built(&needles, counts)
    }

    /// The search for those of its tokens that are wanted; none if none is.
    ///
    /// # Errors
    /// [`VerifyError::Search`].
    pub fn tokens(
        &self,
        wanted: impl Fn(&str) -> bool,
        counts: &mut BTreeMap<String, Count>,
    ) -> Result<Option<Search>, VerifyError> {
        let mut needles = Needles::default();
        for token in self.tokens.iter().filter(|token| wanted(token)) {
            let added = match uuid(token) {
                // As bytes: raw, its digits in either case, base64.
                Some(id) => {
                    let dashed = id.hyphenated().to_string();
                    let forms = [
                        needles.add_bytes(TOKEN, id.as_bytes()),
                        needles.add_token(TOKEN, &dashed),
                        needles.add_token(TOKEN, &dashed.to_uppercase()),
                    ];
                    any(forms.into_iter())
                }
                None => needles.add_token(TOKEN, token).is_ok(),
            };
            count(counts, TOKEN, added);
        }
        if needles.is_empty() {
            return Ok(None);
        }
        built(&needles, counts).map(Some)
    }
}

fn count(counts: &mut BTreeMap<String, Count>, kind: &'static str, added: bool) {
    let count = counts.entry(kind.to_owned()).or_default();
    *(if added {
        &mut count.searched
    } else {
        &mut count.too_weak
    }) += 1;
}

fn built(needles: &Needles, counts: &mut BTreeMap<String, Count>) -> Result<Search, VerifyError> {
    let search = Search::new(needles)?;
    for (kind, left_out) in search.left_out() {
        counts.entry((*kind).to_owned()).or_default().forms_left_out += left_out;
    }
    Ok(search)
}

/// What must be seen.
#[derive(Debug, Clone, Copy)]
pub struct Controls<'a> {
    /// The exit's id.
    pub exit: &'a str,
    /// The key store's identity.
    pub store: &'a str,
}

fn any(parts: impl Iterator<Item = Result<(), TooWeak>>) -> bool {
    // Each is added: none may be passed over once one was.
    parts.filter(Result::is_ok).count() > 0
}

/// A text, or its parts if it is long: its beginning, its end, and what lies between at equal distances.
fn parts(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= WHOLE {
        return vec![text.to_owned()];
    }
    starts(characters.len())
        .into_iter()
        .filter_map(|at| characters.get(at..at + PART))
        .map(|part| part.iter().collect())
        .collect()
}

fn windows(value: &[u8]) -> Vec<&[u8]> {
    if value.len() <= WHOLE {
        return vec![value];
    }
    starts(value.len())
        .into_iter()
        .filter_map(|at| value.get(at..at + PART))
        .collect()
}

fn starts(length: usize) -> Vec<usize> {
    (0..length.saturating_sub(PART))
        .step_by(STEP)
        .chain([length - PART])
        .collect()
}

#[cfg(test)]
mod tests {
    use certificate::key_file::Key;

    use super::*;

    #[test]
    fn what_one_search_does_not_hold_is_in_the_next_and_nothing_is_lost() {
        let mut witness = Witness::new(0, Vec::new(), &Key::default());
        let name = |n: u32| format!("青岩小麦加工厂{n:04}");
        witness
            .texts
            .insert("name_sealed".into(), (0..100).map(name).collect());
        witness.bytes.insert(
            "blind-index".into(),
            (0..100).map(|n: u32| format!("{n:064x}")).collect(),
        );
        witness.tokens = (0..100).map(|n: u32| format!("frm_{n:032x}")).collect();
        let chunks = chunks_of(&witness, 9_000).unwrap();
        assert!(chunks.len() > 10, "{}", chunks.len());
        let sum = |of: fn(&Chunk<'_>) -> usize| chunks.iter().map(of).sum::<usize>();
        assert_eq!(sum(|chunk| chunk.texts.len()), 100);
        assert_eq!(sum(|chunk| chunk.bytes.len()), 100);
        assert_eq!(sum(|chunk| chunk.tokens.len()), 100);
        let controls = Controls {
            exit: "ext_one-two-three",
            store: "four-five-six",
        };
        let mut found = 0;
        for chunk in &chunks {
            let search = chunk.values(controls, &mut BTreeMap::new()).unwrap();
            for n in 0..100 {
                search.bytes(name(n).as_bytes(), |hit| {
                    found += u32::from(hit.encoding == laws::leaks::Encoding::Utf8)
                });
            }
        }
        assert_eq!(found, 100);
        let one = self::chunks(&witness).unwrap();
        assert_eq!(one.len(), 1);
    }
}
