//! The certificate map: whose certificate is whose.
//!
//! ```toml
//! [[certificate]]
//! name = "gateway"
//! role = "channel"
//! san = "gateway.bank.example"         # a DNS name or URI among its subject alternative names; or
//! # sha256 = "<64 hexadecimal digits>"  # of the whole certificate, DER
//! # person = true                       # the certificate of a person, not of a program
//! # not_after = "2027-01-31T00:00:00Z"  # from then on it stands for nobody
//! ```
//!
//! A name outlives the certificate's renewal, a hash pins one certificate. The
//! file is refused as a whole when any part is wrong, as the token file is, and
//! for the same reasons nobody but its owner may write it.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use crate::key_file::unhex;
use crate::principal::{Kind, Principal, Role, UnknownRole, is_name};

/// Enough for every machine and operator; each request compares with all.
const MOST: usize = 256;
/// A row at its longest is under 512 bytes.
const LONGEST: u64 = 128 * 1024;
/// A DNS name has 253 characters at most, a URI in a certificate rarely more.
const LONGEST_NAME: usize = 255;

/// Why a certificate map is refused. Numbers count `[[certificate]]` rows from 1.
#[derive(Debug, thiserror::Error)]
pub enum CertificateMapError {
    /// Absent or unreadable.
    #[error("certificate map not readable")]
    Io(#[from] std::io::Error),
    /// Readable by every account, or writable by others than its owner.
    #[error("certificate map has mode {0:04o}; wanted 0640 or 0600")]
    TooOpen(u32),
    /// More than 256 rows or 128 KiB.
    #[error("certificate map is larger than 256 rows or 128 KiB")]
    TooLong,
    /// Not the format above.
    #[error("certificate map, line {line}: wanted [[certificate]] rows of name, role, and san or sha256")]
    Malformed {
        /// Line in the file, from 1.
        line: usize,
    },
    /// No row.
    #[error("certificate map names nobody")]
    Empty,
    /// A name that is unfit for a record.
    #[error("certificate {0}: name must have 1–64 characters: letters, digits, '-', '_', '.', '@'")]
    BadName(usize),
    /// A role that does not exist.
    #[error("certificate {0}: {1}")]
    BadRole(usize, #[source] UnknownRole),
    /// Neither or both, or not of their form.
    #[error(
        "certificate {0}: wanted either san (a DNS name or URI without wildcard) or sha256 (64 hexadecimal digits)"
    )]
    BadMark(usize),
    /// Not a time.
    #[error("certificate {0}: not_after must be a time with its offset (RFC 3339)")]
    BadEnd(usize),
    /// Two rows of one mark, or of one name in two roles.
    #[error("certificate {0}: an earlier row has the same san or sha256, or gives the name another role")]
    Twice(usize),
}

/// What a certificate is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mark {
    Sha256([u8; 32]),
    Name(String),
}

/// One row.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) mark: Mark,
    pub(crate) principal: Principal,
    pub(crate) not_after: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    #[serde(default)]
    certificate: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    role: String,
    san: Option<String>,
    sha256: Option<String>,
    #[serde(default)]
    person: bool,
    not_after: Option<String>,
}

/// Reads and checks a map.
pub(crate) fn load(path: &Path) -> Result<Vec<Row>, CertificateMapError> {
    let mut file = File::open(path)?;
    let mode = file.metadata()?.mode();
    if mode & 0o027 != 0 {
        return Err(CertificateMapError::TooOpen(mode & 0o7777));
    }
    let mut text = String::new();
    (&mut file).take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST {
        return Err(CertificateMapError::TooLong);
    }
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<Row>, CertificateMapError> {
    let listed: Listed = toml::from_str(text).map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        CertificateMapError::Malformed {
            line: 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count(),
        }
    })?;
    match listed.certificate.len() {
        0 => return Err(CertificateMapError::Empty),
        1..=MOST => {}
        _ => return Err(CertificateMapError::TooLong),
    }
    let mut rows: Vec<Row> = Vec::with_capacity(listed.certificate.len());
    for (number, line) in (1..).zip(&listed.certificate) {
        let row = check(number, line)?;
        let clash = |earlier: &Row| {
            earlier.mark == row.mark
                || earlier.principal.name == row.principal.name && earlier.principal != row.principal
        };
        if rows.iter().any(clash) {
            return Err(CertificateMapError::Twice(number));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn check(number: usize, line: &Line) -> Result<Row, CertificateMapError> {
    if !is_name(&line.name) {
        return Err(CertificateMapError::BadName(number));
    }
    let role: Role = line
        .role
        .parse()
        .map_err(|error| CertificateMapError::BadRole(number, error))?;
    let mark = mark(line).ok_or(CertificateMapError::BadMark(number))?;
    let end = line.not_after.as_ref().map(|text| text.parse::<Timestamp>());
    let end = end.transpose().map_err(|_| CertificateMapError::BadEnd(number))?;
    Ok(Row {
        mark,
        principal: Principal {
            name: line.name.as_str().into(),
            role,
            kind: if line.person { Kind::Person } else { Kind::Service },
        },
        not_after: end.map(Timestamp::as_microsecond),
    })
}

fn mark(line: &Line) -> Option<Mark> {
    match (&line.san, &line.sha256) {
        (Some(san), None) => {
            let fits = san.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'*');
            let fits = fits && (1..=LONGEST_NAME).contains(&san.len());
            fits.then(|| Mark::Name(san.to_ascii_lowercase()))
        }
        (None, Some(hash)) => {
            let mut sha256 = [0; 32];
            unhex(hash, &mut sha256)?;
            Some(Mark::Sha256(sha256))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(name: &str, role: &str, mark: &str) -> String {
        format!("[[certificate]]\nname = \"{name}\"\nrole = \"{role}\"\n{mark}\n")
    }

    #[test]
    fn one_mark_has_one_name_and_one_name_one_role() {
        let one = row("ann", "operator", "san = \"a.example\"");
        assert_eq!(
            parse(&(one.clone() + &row("ann", "operator", "san = \"b.example\"")))
                .unwrap()
                .len(),
            2
        );
        for other in [
            row("bob", "operator", "san = \"A.example\""),
            row("ann", "auditor", "san = \"b.example\""),
            row("ann", "operator", "san = \"b.example\"\nperson = true"),
        ] {
            assert!(
                matches!(parse(&(one.clone() + &other)), Err(CertificateMapError::Twice(2))),
                "{other}"
            );
        }
    }

    #[test]
    fn what_is_no_mark_is_refused() {
        for bad in [
            "",
            "san = \"*.example\"",
            "san = \"\"",
            "san = \"a b\"",
            "sha256 = \"ab\"",
            "san = \"a\"\nsha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"",
        ] {
            assert!(
                matches!(
                    parse(&row("ann", "operator", bad)),
                    Err(CertificateMapError::BadMark(1))
                ),
                "{bad}"
            );
        }
        assert!(matches!(parse(""), Err(CertificateMapError::Empty)));
        assert!(matches!(
            parse(&row("ann", "root", "san = \"a\"")),
            Err(CertificateMapError::BadRole(1, _))
        ));
    }

    proptest! {
        #[test]
        fn no_text_is_more_than_refused(text in "\\PC{0,300}", name in "\\PC{0,70}", san in "\\PC{0,20}") {
            let _ = parse(&text);
            let quoted = |text: &str| toml::Value::from(text).to_string();
            let file = format!("[[certificate]]\nname = {}\nrole = \"auditor\"\nsan = {}\n", quoted(&name), quoted(&san));
            if let Ok(rows) = parse(&file) {
                prop_assert!(rows.len() == 1 && is_name(&name) && san.is_ascii());
            }
        }
    }
}
