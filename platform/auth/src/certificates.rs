//! From a client's certificate to a principal (mutual TLS).

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use base::clock::Clock;
use sha2::{Digest, Sha256};

use crate::certificate_map::{self, CertificateMapError, Mark, Row};
use crate::principal::Principal;
use crate::token_file::{Stamp, stamp};

/// What a verified certificate shows of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// SHA-256 of the whole certificate, DER.
    pub sha256: [u8; 32],
    /// Its subject alternative names: DNS names and URIs.
    pub names: Vec<String>,
}

impl Shown {
    /// Of a certificate in DER, with the names that its reader found.
    #[must_use]
    pub fn of(der: &[u8], names: Vec<String>) -> Self {
        Self {
            sha256: Sha256::digest(der).into(),
            names,
        }
    }
}

/// Whose certificate is whose, as the [map](crate::certificate_map) says. Share it
/// behind an `Arc`.
pub struct Certificates {
    path: PathBuf,
    clock: Clock,
    rows: RwLock<Vec<Row>>,
    seen: Mutex<Option<Stamp>>,
}

impl Certificates {
    /// Reads the map.
    ///
    /// # Errors
    /// The file is absent, open to strangers, empty, or holds a row that is not
    /// acceptable: nothing is skipped.
    pub fn load(path: impl AsRef<Path>, clock: Clock) -> Result<Self, CertificateMapError> {
        let path = path.as_ref();
        let seen = stamp(path);
        Ok(Self {
            path: path.to_owned(),
            clock,
            rows: RwLock::new(certificate_map::load(path)?),
            seen: Mutex::new(seen),
        })
    }

    /// Looks at the file again, and takes what it says if it changed and is
    /// acceptable: how many rows, or nothing for an unchanged file.
    ///
    /// # Errors
    /// A changed file that is refused, told once; the map before it stays in force.
    pub fn refresh(&self) -> Result<Option<usize>, CertificateMapError> {
        let now = stamp(&self.path);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return Ok(None);
        }
        *seen = now;
        let rows = certificate_map::load(&self.path)?;
        let count = rows.len();
        *self.rows.write().unwrap_or_else(PoisonError::into_inner) = rows;
        Ok(Some(count))
    }

    /// The principal that a certificate stands for. One that fits rows of two
    /// principals stands for nobody: whose act would it be?
    #[must_use]
    pub fn principal(&self, shown: &Shown) -> Option<Principal> {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now_micros();
        let mut fitting = rows.iter().filter(|row| match &row.mark {
            Mark::Sha256(sha256) => *sha256 == shown.sha256,
            Mark::Name(name) => shown.names.iter().any(|shown| shown.eq_ignore_ascii_case(name)),
        });
        let first = fitting.next()?;
        let alone = fitting.all(|row| row.principal == first.principal);
        let ended = first.not_after.is_some_and(|end| now >= end);
        (alone && !ended).then(|| first.principal.clone())
    }
}

/// Shows how many, not whose.
impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        write!(f, "Certificates({})", rows.len())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::principal::{Kind, Role};

    fn put(path: &Path, text: &str) {
        let draft = path.with_extension("new");
        fs::write(&draft, text).unwrap();
        fs::set_permissions(&draft, Permissions::from_mode(0o600)).unwrap();
        fs::rename(draft, path).unwrap();
    }

    fn shown(byte: u8, names: &[&str]) -> Shown {
        Shown {
            sha256: [byte; 32],
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    const MAP: &str = "
        [[certificate]]\nname = \"gateway\"\nrole = \"channel\"\nsan = \"gateway.bank.example\"
        [[certificate]]\nname = \"ann\"\nrole = \"operator\"\nsan = \"spiffe://bank.example/ann\"\nperson = true
        [[certificate]]\nname = \"old\"\nrole = \"auditor\"\nsan = \"old.bank.example\"\nnot_after = \"2026-03-01T00:00:00Z\"
        [[certificate]]\nname = \"pinned\"\nrole = \"auditor\"\n";

    #[test]
    fn a_certificate_stands_for_the_one_principal_that_it_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("certificates.toml");
        put(&path, &format!("{MAP}sha256 = \"{}\"\n", "07".repeat(32)));
        let (clock, _) = Clock::manual("2026-03-02T02:00:00Z".parse().unwrap());
        let map = Certificates::load(&path, clock).unwrap();
        let who = |shown: &Shown| {
            map.principal(shown)
                .map(|who| (who.name.to_string(), who.role, who.kind))
        };
        let gateway = ("gateway".to_owned(), Role::Channel, Kind::Service);
        assert_eq!(
            who(&shown(1, &["other.example", "Gateway.bank.example"])),
            Some(gateway)
        );
        let ann = ("ann".to_owned(), Role::Operator, Kind::Person);
        assert_eq!(who(&shown(1, &["spiffe://bank.example/ann"])), Some(ann));
        assert_eq!(who(&shown(7, &[])).unwrap().0, "pinned");
        for nobody in [
            shown(1, &[]),
            shown(1, &["bank.example"]),
            shown(1, &["old.bank.example"]),
            shown(7, &["gateway.bank.example"]),
        ] {
            assert_eq!(who(&nobody), None, "{nobody:?}");
        }

        put(&path, "[[certificate]]\nname = \"ann\"\n");
        assert!(
            map.refresh().is_err() && matches!(map.refresh(), Ok(None)),
            "told once"
        );
        assert!(who(&shown(7, &[])).is_some(), "the map before it stays in force");
        put(
            &path,
            "[[certificate]]\nname = \"ann\"\nrole = \"auditor\"\nsan = \"x\"\n",
        );
        assert!(matches!(map.refresh(), Ok(Some(1))));
        assert_eq!(who(&shown(7, &[])), None);
    }
}
