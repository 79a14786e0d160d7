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

/// The search for everything, and the counts of it by kind.
///
/// # Errors
/// [`VerifyError::Search`].
pub fn everything(
    witness: &Witness,
    exit_id: &str,
) -> Result<(Search, BTreeMap<String, Count>), VerifyError> {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for (name, weak) in &witness.weak {
        counts.entry(name.clone()).or_default().too_weak += weak;
    }
    let search = needles(witness, exit_id, &BTreeSet::new(), &mut counts)?;
    for (kind, left_out) in search.left_out() {
        counts.entry((*kind).to_owned()).or_default().forms_left_out += left_out;
    }
    counts.remove(EXIT);
    counts.remove(STORE);
    Ok((search, counts))
}

/// The search without those tokens, which may stay in databases.
///
/// # Errors
/// [`VerifyError::Search`].
pub fn without(witness: &Witness, exit_id: &str, stay: &BTreeSet<String>) -> Result<Search, VerifyError> {
    needles(witness, exit_id, stay, &mut BTreeMap::new())
}

fn needles(
    witness: &Witness,
    exit_id: &str,
    without: &BTreeSet<String>,
    counts: &mut BTreeMap<String, Count>,
) -> Result<Search, VerifyError> {
    let mut needles = Needles::default();
    let mut count = |kind: &'static str, added: bool| {
        let count = counts.entry(kind.to_owned()).or_default();
        *(if added {
            &mut count.searched
        } else {
            &mut count.too_weak
        }) += 1;
    };
    for (name, values) in &witness.texts {
        let kind = kind(name);
        for value in values.iter().collect::<BTreeSet<_>>() {
            count(
                kind,
                any(parts(value).into_iter().map(|part| needles.add(kind, &part))),
            );
        }
    }
    for (name, values) in &witness.bytes {
        let kind = kind(name);
        for value in values.iter().collect::<BTreeSet<_>>() {
            let value = bytes(value).ok_or(VerifyError::Malformed)?;
            count(
                kind,
                any(windows(&value)
                    .into_iter()
                    .map(|part| needles.add_bytes(kind, part))),
            );
        }
    }
    for token in witness.tokens.iter().filter(|token| !without.contains(*token)) {
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
        count(TOKEN, added);
    }
    count(EXIT, needles.add_token(EXIT, exit_id).is_ok());
    count(STORE, needles.add_token(STORE, &witness.store).is_ok());
    Ok(Search::new(&needles)?)
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
