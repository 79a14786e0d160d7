//! Whether a proof holds: a leaf in a log, or a log that has only grown.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use base::exit;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use evidence::proof::{self, Head};
use evidence::tree::Hash;
use laws::log::Key;
use serde::Deserialize;

use super::prove::PROOF;
use crate::ended::stop;

/// What a proof showed.
pub(super) struct Shown {
    pub(super) holds: bool,
    pub(super) what: String,
}

/// Bytes of a proof at most: sixty-four hashes and two checkpoints are 6 KB.
const PROOF_BYTES: u64 = 64 * 1024;
/// Bytes of a leaf's body at most: what the service writes is below 4 KB.
const LEAF_BYTES: u64 = 1024 * 1024;
/// Hashes of a proof at most: a log of 2^64 leaves has no longer way to its root.
const LONGEST: usize = 64;

/// What a proof of inclusion says, before anything of it is believed.
struct Inclusion<'a> {
    index: u64,
    path: Vec<Hash>,
    note: &'a str,
}

impl<'a> Inclusion<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (head, note) = text.split_once("\n\n")?;
        let mut lines = head.lines().filter(|line| !line.starts_with("extra "));
        lines.next().filter(|line| *line == PROOF)?;
        let index = lines.next()?.strip_prefix("index ")?.parse().ok()?;
        Some(Self {
            index,
            path: hashes(lines)?,
            note,
        })
    }

    fn shows(&self, body: &[u8], keys: &[Key]) -> Shown {
        let Some((log, root)) = opened(self.note, keys) else {
            return Shown {
                holds: false,
                what: "none of the given keys signed the checkpoint".to_owned(),
            };
        };
        let (index, hash) = (self.index, evidence::leaf_hash(body));
        Shown {
            holds: proof::included(index, root.size, &hash, &self.path, &root.root),
            what: format!("the leaf is number {index} of the {} leaves of {log}", root.size),
        }
    }
}

pub(super) fn inclusion(proof: &Path, leaf: &Path, keys: &[Key]) -> anyhow::Result<Shown> {
    let text = read(proof)?;
    let body = bounded(leaf, LEAF_BYTES)?;
    let inclusion = Inclusion::parse(&text).ok_or_else(|| {
        stop(
            exit::USAGE,
            format!("{} is no proof in the C2SP form", proof.display()),
        )
    })?;
    Ok(inclusion.shows(&body, keys))
}

/// Two checkpoints and the way from one to the other.
#[derive(Deserialize)]
struct Grown {
    old: String,
    new: String,
    proof: Vec<String>,
}

pub(super) fn consistency(file: &Path, keys: &[Key]) -> anyhow::Result<Shown> {
    let malformed = || {
        stop(
            exit::USAGE,
            format!("{} is no proof of consistency", file.display()),
        )
    };
    let grown: Grown = serde_json::from_str(&read(file)?).map_err(|_| malformed())?;
    let path = hashes(grown.proof.iter().map(String::as_str)).ok_or_else(malformed)?;
    let (Some((log, old)), Some((other, new))) = (opened(&grown.old, keys), opened(&grown.new, keys)) else {
        return Ok(Shown {
            holds: false,
            what: "none of the given keys signed the checkpoints".to_owned(),
        });
    };
    Ok(Shown {
        holds: log == other && proof::consistent(&old, &new, &path),
        what: format!(
            "the first {} of {} leaves of {log} are what they were",
            old.size, new.size
        ),
    })
}

fn opened(note: &str, keys: &[Key]) -> Option<(String, Head)> {
    keys.iter().find_map(|key| {
        let head = key.open(note).ok()?;
        let head = Head {
            size: head.size,
            root: head.root,
        };
        Some((key.name().to_owned(), head))
    })
}

fn hashes<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Vec<Hash>> {
    let hashes: Option<Vec<Hash>> = lines
        .take(LONGEST + 1)
        .map(|line| BASE64.decode(line).ok()?.try_into().ok())
        .collect();
    hashes.filter(|hashes| hashes.len() <= LONGEST)
}

fn read(path: &Path) -> anyhow::Result<String> {
    let bytes = bounded(path, PROOF_BYTES)?;
    String::from_utf8(bytes).map_err(|_| stop(exit::USAGE, format!("{} is not UTF-8", path.display())))
}

/// A file's bytes, if they are no more than so many.
fn bounded(path: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let opened = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    opened.map_err(|error| stop(exit::USAGE, format!("failed to read {}: {error}", path.display())))?;
    if bytes.len() as u64 > most {
        let text = format!(
            "{} has more than {most} bytes: it is no such file",
            path.display()
        );
        return Err(stop(exit::USAGE, text));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use evidence::{FINANCING, Signer, tree};
    use proptest::prelude::*;

    use super::*;

    const LEAVES: usize = 13;

    fn body(n: usize) -> String {
        format!("{{\"n\":{n}}}")
    }

    /// A proof of one leaf, as `prove` writes it, and the key.
    fn proved(index: usize) -> (String, Key) {
        let signer = Signer::new(FINANCING, &[1; 32]).unwrap();
        let leaves: Vec<Hash> = (0..LEAVES)
            .map(|n| evidence::leaf_hash(body(n).as_bytes()))
            .collect();
        let note = signer.checkpoint(&Head {
            size: leaves.len() as u64,
            root: tree::root(&leaves),
        });
        let path = proof::inclusion(index, &leaves).unwrap();
        let path: String = path.iter().map(|hash| BASE64.encode(hash) + "\n").collect();
        let key = Key::parse(&signer.verifier().to_string()).unwrap();
        (format!("{PROOF}\nindex {index}\n{path}\n{note}"), key)
    }

    fn holds(text: &str, body: &str, key: &Key) -> bool {
        Inclusion::parse(text)
            .is_some_and(|proof| proof.shows(body.as_bytes(), std::slice::from_ref(key)).holds)
    }

    proptest! {
        #[test]
        fn a_proof_holds_for_its_leaf_and_for_no_other(index in 0..LEAVES, other in 0..LEAVES) {
            let (text, key) = proved(index);
            prop_assert_eq!(holds(&text, &body(other), &key), index == other);
        }

        #[test]
        fn a_proof_of_which_a_byte_changed_proves_no_other_leaf(index in 0..LEAVES, at in 0_usize..4000, to in any::<char>()) {
            let (text, key) = proved(index);
            let mut characters: Vec<char> = text.chars().collect();
            let at = at % characters.len();
            characters[at] = to;
            let changed: String = characters.into_iter().collect();
            for other in (0..LEAVES).filter(|other| *other != index) {
                prop_assert!(!holds(&changed, &body(other), &key));
            }
        }

        #[test]
        fn no_text_is_a_proof(text in "\\PC*") {
            let (_, key) = proved(0);
            prop_assert!(!holds(&text, &body(0), &key));
        }
    }

    #[test]
    fn a_way_longer_than_any_tree_and_a_file_beyond_its_bound_are_refused() {
        let (text, _) = proved(3);
        let line = BASE64.encode([0; 32]) + "\n";
        let long = text.replacen("index 3\n", &format!("index 3\n{}", line.repeat(LONGEST)), 1);
        assert!(Inclusion::parse(&long).is_none());
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("proof");
        std::fs::write(&file, [b'a'; 9]).unwrap();
        assert_eq!(bounded(&file, 9).unwrap().len(), 9);
        assert!(bounded(&file, 8).is_err());
    }
}
