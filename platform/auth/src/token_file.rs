//! The token file: who may ask, by the hash of the token.
//!
//! ```toml
//! [[token]]
//! name = "operator-1"
//! role = "operator"
//! sha256 = "<64 hexadecimal digits: SHA-256 of the token>"
//! not_after = "2027-01-31T00:00:00Z"   # RFC 3339; without it the token has no end
//! ```
//!
//! A name may stand twice, in one role: a token is rotated by adding the new one,
//! handing it to its bearer, and taking the old one out once nobody uses it.
//!
//! The tokens themselves are in nobody's file but their bearers'. The file is
//! refused as a whole when any part is wrong: a half-read list of who may act
//! is worse than a service that doesn't start. Other accounts may not read it
//! (names and roles tell whom to attack) and nobody but its owner may write it
//! (a line more is a principal more).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use crate::key_file::unhex;
use crate::principal::{Kind, Principal, Role, UnknownRole, is_name};
use crate::tokens::{Entry, digest, words};

/// Enough for every service account and operator of one bank's service; each
/// request compares with all, a few nanoseconds apiece.
const MOST: usize = 256;
/// A line of 256 entries at their longest is under 64 KiB.
const LONGEST: u64 = 64 * 1024;
/// The old token and the new one, while a token is rotated.
const LIVE_AT_ONCE: usize = 2;

/// Why a token file is refused. Numbers count `[[token]]` entries from 1. Shows
/// no content but names: a mistaken entry may hold a token in the clear.
#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    /// Absent or unreadable.
    #[error("token file not readable")]
    Io(#[from] std::io::Error),
    /// Readable by every account, or writable by others than its owner.
    #[error(
        "token file has mode {0:04o}; other accounts may not read it, nor its group write it (0640 or 0600)"
    )]
    TooOpen(u32),
    /// More than 256 entries or 64 KiB.
    #[error("token file is larger than 256 entries or 64 KiB")]
    TooLong,
    /// Not the format above.
    #[error(
        "token file, line {line}: wanted [[token]] entries of name, role, sha256 and perhaps not_after (never the token itself)"
    )]
    Malformed {
        /// Line in the file, from 1.
        line: usize,
    },
    /// No entry.
    #[error("token file names nobody")]
    Empty,
    /// A name that is empty, too long, or unfit for a record.
    #[error("token {0}: name must have 1–64 characters: letters, digits, '-', '_', '.', '@'")]
    BadName(usize),
    /// A role that does not exist.
    #[error("token {0}: {1}")]
    BadRole(usize, #[source] UnknownRole),
    /// Not a hash; perhaps a token in the clear.
    #[error(
        "token {0}: sha256 must be 64 hexadecimal digits, the SHA-256 of the token (never the token itself)"
    )]
    BadHash(usize),
    /// The hash of no token at all.
    #[error("token {0}: sha256 is that of the empty text")]
    EmptyToken(usize),
    /// Three entries of one name: which of the two earlier ones is the old one?
    #[error("token {0}: two earlier entries have the same name; take out the one that is not used any more")]
    NameThrice(usize),
    /// Two entries of one name in different roles.
    #[error("token {0}: an earlier entry gives the same name another role")]
    OtherRole(usize),
    /// Not a time.
    #[error("token {0}: not_after must be a time with its offset, as in 2027-01-31T00:00:00Z (RFC 3339)")]
    BadEnd(usize),
    /// Two entries of one token: whose act was it?
    #[error("token {0}: an earlier entry has the same sha256")]
    HashTwice(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    #[serde(default)]
    token: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    role: String,
    sha256: String,
    not_after: Option<String>,
}

/// What tells one state of a file from the next: who edits it in place, replaces
/// it, or changes its mode, changes one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp([i64; 4], [u64; 3]);

/// The file's present state; none while it can't be looked at.
pub(crate) fn stamp(path: &Path) -> Option<Stamp> {
    let about = path.metadata().ok()?;
    Some(Stamp(
        [
            about.mtime(),
            about.mtime_nsec(),
            about.ctime(),
            about.ctime_nsec(),
        ],
        [about.dev(), about.ino(), about.size()],
    ))
}

/// Reads and checks a token file.
pub(crate) fn load(path: &Path) -> Result<Vec<Entry>, TokenFileError> {
    let mut file = File::open(path)?;
    let mode = file.metadata()?.mode();
    if mode & 0o027 != 0 {
        return Err(TokenFileError::TooOpen(mode & 0o7777));
    }
    let mut text = String::new();
    (&mut file).take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST {
        return Err(TokenFileError::TooLong);
    }
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<Entry>, TokenFileError> {
    let listed: Listed = toml::from_str(text).map_err(|error: toml::de::Error| {
        // The library's message quotes the file, so only its place is kept.
        let at = error.span().map_or(0, |span| span.start);
        TokenFileError::Malformed {
            line: 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count(),
        }
    })?;
    if listed.token.is_empty() {
        return Err(TokenFileError::Empty);
    }
    if listed.token.len() > MOST {
        return Err(TokenFileError::TooLong);
    }
    let mut names: BTreeMap<String, (Role, usize)> = BTreeMap::new();
    let mut hashes = BTreeSet::new();
    let mut entries = Vec::with_capacity(listed.token.len());
    for (number, line) in (1..).zip(listed.token) {
        let entry = check(number, &line)?;
        let role = entry.principal.role;
        let (known, count) = names.entry(line.name).or_insert((role, 0));
        if *known != role {
            return Err(TokenFileError::OtherRole(number));
        }
        *count += 1;
        if *count > LIVE_AT_ONCE {
            return Err(TokenFileError::NameThrice(number));
        }
        if !hashes.insert(entry.sha256) {
            return Err(TokenFileError::HashTwice(number));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn check(number: usize, line: &Line) -> Result<Entry, TokenFileError> {
    if !is_name(&line.name) {
        return Err(TokenFileError::BadName(number));
    }
    let role: Role = line
        .role
        .parse()
        .map_err(|error| TokenFileError::BadRole(number, error))?;
    let mut hash = [0; 32];
    unhex(&line.sha256, &mut hash).ok_or(TokenFileError::BadHash(number))?;
    if hash == digest("") {
        return Err(TokenFileError::EmptyToken(number));
    }
    let principal = Principal {
        name: line.name.as_str().into(),
        role,
        kind: Kind::Service,
    };
    let not_after = match &line.not_after {
        Some(text) => Some(
            text.parse::<Timestamp>()
                .map_err(|_| TokenFileError::BadEnd(number))?
                .as_microsecond(),
        ),
        None => None,
    };
    Ok(Entry {
        sha256: words(&hash),
        principal,
        not_after,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_is_more_than_refused(text in "\\PC{0,300}") {
            prop_assert!(parse(&text).is_err() || text.contains("sha256"));
        }

        #[test]
        fn what_is_taken_names_somebody_by_a_whole_hash(
            name in "\\PC{0,70}",
            role in "(operator|officer|root|\\PC{0,8})",
            hash in "([0-9a-fA-F]{64}|[0-9a-g]{60,66})",
            end in "(2027-01-31T00:00:00Z|[0-9TZ:+-]{0,25})",
        ) {
            let quoted = |text: &str| toml::Value::from(text).to_string();
            let file = format!(
                "[[token]]\nname = {}\nrole = {}\nsha256 = {}\nnot_after = {}\n",
                quoted(&name), quoted(&role), quoted(&hash), quoted(&end),
            );
            if let Ok(entries) = parse(&file) {
                prop_assert_eq!(entries.len(), 1);
                prop_assert!(is_name(&name) && hash.len() == 64);
            }
        }
    }
}
