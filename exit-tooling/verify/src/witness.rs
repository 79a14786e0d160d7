//! The witness: what there was of the customers before the exit. It lies on disk sealed only.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use certificate::key_file::{self, Key};
use certificate::sealing;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::VerifyError;
use crate::ledger::Ledger;

/// How a witness' file begins.
const MAGIC: &[u8] = b"backstop-exit-witness\n";
const FORMAT: u32 = 1;

/// What was there.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    pub(crate) format: u32,
    /// When it was made, in µs since 1970 (UTC).
    pub made_at: i64,
    /// The customers' ids.
    pub firms: Vec<String>,
    /// The key store's identity.
    pub store: String,
    /// Under which the fields are marked.
    pub(crate) salt: Vec<u8>,
    /// The customers' rows along foreign keys: per table and key, the marks of its sealed fields.
    pub rows: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>,
    /// Rows that name them in texts, by table.
    pub mentions: BTreeMap<String, u64>,
    /// Values in the clear, by the sealed column.
    pub texts: BTreeMap<String, Vec<String>>,
    /// Values that are bytes, in hexadecimal, by kind.
    pub bytes: BTreeMap<String, Vec<String>>,
    /// Ids and digests.
    pub tokens: Vec<String>,
    /// Values that are not looked for, by kind.
    pub weak: BTreeMap<String, u64>,
    /// Which keys there were: subject and category.
    pub keys: Vec<(String, String)>,
    /// The books.
    pub ledger: Ledger,
}

impl Drop for Witness {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;
        self.texts.values_mut().for_each(|values| values.zeroize());
    }
}

impl Witness {
    /// An empty one.
    #[must_use]
    pub fn new(made_at: i64, firms: Vec<String>, salt: &Key) -> Self {
        Self {
            format: FORMAT,
            made_at,
            firms,
            store: String::new(),
            salt: salt.to_vec(),
            rows: BTreeMap::new(),
            mentions: BTreeMap::new(),
            texts: BTreeMap::new(),
            bytes: BTreeMap::new(),
            tokens: Vec::new(),
            weak: BTreeMap::new(),
            keys: Vec::new(),
            ledger: Ledger::default(),
        }
    }

    pub(crate) fn salt(&self) -> Result<Key, VerifyError> {
        let salt = self
            .salt
            .as_slice()
            .try_into()
            .map_err(|_| VerifyError::Malformed)?;
        Ok(Zeroizing::new(salt))
    }

    /// Writes it, sealed under a key that is drawn and written to `secret`. Both files must be new.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn write(&self, path: &Path, secret: &Path) -> Result<(), VerifyError> {
        let key = key_file::create(secret)?;
        let plain = serde_json::to_vec(self).map(Zeroizing::new);
        let plain = plain.map_err(|_| VerifyError::Malformed)?;
        let sealed = sealing::seal(MAGIC, &plain, &key)?;
        let write = || {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            file.write_all(&sealed)?;
            file.sync_all()
        };
        write().map_err(VerifyError::file(path))
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn read(path: &Path, secret: &Path) -> Result<Self, VerifyError> {
        let key = key_file::load(secret)?;
        let mut bytes = Vec::new();
        let read = |bytes: &mut Vec<u8>| {
            let file = File::open(path)?;
            file.take(sealing::MAX_BYTES as u64 + 1024).read_to_end(bytes)
        };
        read(&mut bytes).map_err(VerifyError::file(path))?;
        let plain = sealing::open(MAGIC, &bytes, &key)?;
        let witness: Self = serde_json::from_slice(&plain).map_err(|_| VerifyError::Malformed)?;
        if witness.format == FORMAT {
            Ok(witness)
        } else {
            Err(VerifyError::Malformed)
        }
    }
}

/// Overwrites and removes a witness and its key: the key first, without which the other says nothing.
///
/// # Errors
/// [`VerifyError::File`].
pub fn destroy(path: &Path, secret: &Path) -> Result<(), VerifyError> {
    for path in [secret, path] {
        let overwrite = || {
            let length = fs::metadata(path)?.len();
            let mut file = OpenOptions::new().write(true).open(path)?;
            std::io::copy(&mut std::io::repeat(0).take(length), &mut file)?;
            file.sync_all()?;
            fs::remove_file(path)
        };
        overwrite().map_err(VerifyError::file(path))?;
    }
    Ok(())
}
