//! KEKs in a file of their own, readable by its owner only (mode 0600).
//!
//! A change replaces the file as a whole and overwrites what it was (`replace`).

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use zeroize::Zeroizing;

use super::format::{parse, render};
use super::replace::{self, lock, write_new};
use super::ring::{Kek, Ring};
use super::{KekError, KekProvider};
use crate::Custodian;
use crate::suite::{Suite, Suites};

/// A hundred KEKs have 16 KiB; more is another file.
const LONGEST: u64 = 64 * 1024;
/// A reader that opened the old file while it was overwritten looks again.
const LOOKS: usize = 3;

/// KEKs in a file, or, for tests and dry runs, in memory only.
pub struct FileKek {
    path: Option<PathBuf>,
    custodian: Custodian,
    suites: Suites,
    ring: RwLock<Ring>,
}

impl FileKek {
    /// Draws a first KEK and writes it to a new file, durably.
    ///
    /// # Errors
    /// The file exists, can't be written, or there is no randomness.
    pub fn create(
        path: impl AsRef<Path>,
        custodian: Custodian,
        suite: Arc<dyn Suite>,
    ) -> Result<(), KekError> {
        let ring = Ring {
            custodian,
            keks: vec![Kek::random(1, suite)?],
        };
        write_new(path.as_ref(), &render(&ring)).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => KekError::Exists,
            _ => KekError::Io(error),
        })
    }

    /// Reads a file after checking who else could.
    ///
    /// # Errors
    /// [`KekError`] says what is wrong with it, without showing it.
    pub fn open(path: impl Into<PathBuf>, custodian: Custodian, suites: Suites) -> Result<Self, KekError> {
        let path = path.into();
        if replace::is_unfinished(&path) {
            let _lock = lock(&path)?;
            replace::finish(&path)?;
        }
        let ring = load(&path, custodian, &suites)?;
        Ok(Self {
            path: Some(path),
            custodian,
            suites,
            ring: RwLock::new(ring),
        })
    }

    /// KEKs that exist in this process only.
    ///
    /// # Errors
    /// No randomness.
    pub fn ephemeral(custodian: Custodian, suite: Arc<dyn Suite>) -> Result<Self, KekError> {
        let keks = vec![Kek::random(1, Arc::clone(&suite))?];
        Ok(Self {
            path: None,
            custodian,
            suites: Suites::standard().with(suite),
            ring: RwLock::new(Ring { custodian, keks }),
        })
    }

    fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads, changes and writes under a lock that other processes respect and a kill releases.
    fn change(&self, change: impl FnOnce(&mut Ring) -> Result<bool, KekError>) -> Result<(), KekError> {
        let lock = self.path.as_deref().map(lock).transpose()?;
        if let Some(path) = &self.path {
            replace::finish(path)?;
        }
        self.reload()?;
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut ring)?;
        if changed && let Some(path) = &self.path {
            replace::replace(path, &render(&ring))?;
        }
        drop(lock);
        Ok(())
    }
}

impl KekProvider for FileKek {
    fn custodian(&self) -> Custodian {
        self.custodian
    }

    fn epochs(&self) -> Vec<u32> {
        self.ring().keks.iter().map(|kek| kek.epoch).collect()
    }

    fn suite(&self) -> Arc<dyn Suite> {
        let newest = self.ring().newest().map(|kek| Arc::clone(&kek.suite));
        // A ring is never empty: it is parsed and changed so.
        newest.unwrap_or_else(|| Arc::new(crate::suite::Aes256GcmHmacSha256))
    }

    fn wrap(&self, epoch: u32, context: &[u8], key: &[u8]) -> Result<Vec<u8>, KekError> {
        self.ring().wrap(epoch, context, key)
    }

    fn unwrap(&self, epoch: u32, context: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KekError> {
        self.ring().unwrap(epoch, context, wrapped)
    }

    fn reload(&self) -> Result<(), KekError> {
        let Some(path) = &self.path else { return Ok(()) };
        let read = load(path, self.custodian, &self.suites)?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    fn add(&self, epoch: u32) -> Result<(), KekError> {
        let suite = self.suite();
        self.change(|ring| {
            if ring.keks.iter().any(|kek| kek.epoch >= epoch) {
                return Ok(false);
            }
            ring.keks.push(Kek::random(epoch, suite)?);
            Ok(true)
        })
    }

    fn destroy_below(&self, epoch: u32) -> Result<(), KekError> {
        self.change(|ring| {
            if ring.newest().is_none_or(|kek| kek.epoch < epoch) {
                return Err(KekError::Last(epoch));
            }
            let before = ring.keks.len();
            ring.keks.retain(|kek| kek.epoch >= epoch);
            Ok(ring.keks.len() < before)
        })
    }
}

fn load(path: &Path, custodian: Custodian, suites: &Suites) -> Result<Ring, KekError> {
    let mut looks = 1;
    let ring = loop {
        match read(path, suites) {
            Err(KekError::Malformed(_)) if looks < LOOKS => looks += 1,
            outcome => break outcome?,
        }
    };
    if ring.custodian != custodian {
        return Err(KekError::Custodian {
            found: ring.custodian,
            wanted: custodian,
        });
    }
    Ok(ring)
}

fn read(path: &Path, suites: &Suites) -> Result<Ring, KekError> {
    let mut file = File::open(path)?;
    // Asked of the open file, not of the path, which could change in between.
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(KekError::NotAFile);
    }
    if about.mode() & 0o077 != 0 {
        return Err(KekError::TooOpen(about.mode() & 0o7777));
    }
    let room = usize::try_from(about.len().min(LONGEST)).unwrap_or_default() + 1;
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    (&mut file).take(room as u64).read_to_end(&mut text)?;
    parse(
        std::str::from_utf8(&text).map_err(|_| KekError::Malformed(1))?,
        suites,
    )
}
