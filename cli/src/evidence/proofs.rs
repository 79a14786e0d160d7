//! Whether a proof holds: a leaf in a log, or a log that has only grown.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
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

pub(super) fn inclusion(proof: &Path, leaf: &Path, keys: &[Key]) -> anyhow::Result<Shown> {
    let text = read(proof)?;
    let body = fs::read(leaf).with_context(|| format!("failed to read {}", leaf.display()))?;
    let malformed = || {
        stop(
            exit::USAGE,
            format!("{} is no proof in the C2SP form", proof.display()),
        )
    };
    let (head, note) = text.split_once("\n\n").ok_or_else(malformed)?;
    let mut lines = head.lines().filter(|line| !line.starts_with("extra "));
    let first = lines.next().filter(|line| *line == PROOF);
    let index = lines
        .next()
        .and_then(|line| line.strip_prefix("index ")?.parse::<u64>().ok());
    let (Some(_), Some(index)) = (first, index) else {
        return Err(malformed());
    };
    let path = hashes(lines).ok_or_else(malformed)?;
    let Some((log, root)) = opened(note, keys) else {
        return Ok(Shown {
            holds: false,
            what: "none of the given keys signed the checkpoint".to_owned(),
        });
    };
    let hash = evidence::leaf_hash(&body);
    Ok(Shown {
        holds: proof::included(index, root.size, &hash, &path, &root.root),
        what: format!("the leaf is number {index} of the {} leaves of {log}", root.size),
    })
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
    lines
        .map(|line| BASE64.decode(line).ok()?.try_into().ok())
        .collect()
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path)
        .map_err(|error| stop(exit::USAGE, format!("failed to read {}: {error}", path.display())))
}
