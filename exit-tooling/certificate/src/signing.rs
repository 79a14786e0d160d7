//! Keys that sign certificates, in the form that evidence logs use too (<https://c2sp.org/signed-note>):
//! the public one as `name+id+base64`, the private one as `PRIVATE+KEY+name+id+base64`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use rand::{TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The signature type of Ed25519 in signed notes.
const ED25519: u8 = 1;
const PRIVATE: &str = "PRIVATE+KEY+";
/// A key's line has some 120 bytes; ten times that is another file.
const LONGEST: usize = 1024;

/// Why there is no key. Shows no content of a file.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The file system refuses, there is no such file, or one to be made is there already.
    #[error("the key file is not readable or writable: {0}")]
    Io(#[from] io::Error),
    /// Another account may read or write it.
    #[error("the signing key's file has mode {0:04o}, wanted 0600: other accounts could have read the key")]
    TooOpen(u32),
    /// Not one line of the right form.
    #[error("not a key of the form name+id+key")]
    Malformed,
    /// A name that a key can't have.
    #[error("a key's name has no spaces, no control characters and no plus sign, and is not empty")]
    Name,
    /// The operating system has no randomness.
    #[error("no randomness for a key")]
    Random,
}

/// What verifies a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

/// What signs one. It has no `Debug`, and is wiped when dropped.
pub struct PrivateKey {
    key: SigningKey,
    public: PublicKey,
}

impl PublicKey {
    /// Reads the form `name+id+base64`.
    ///
    /// # Errors
    /// [`SigningError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, SigningError> {
        let (name, id, bytes) = parts(text)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| SigningError::Malformed)?;
        let public = Self {
            name: name.to_owned(),
            key,
        };
        if public.id() == id {
            Ok(public)
        } else {
            Err(SigningError::Malformed)
        }
    }

    /// Reads it from a file.
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn load(path: &Path) -> Result<Self, SigningError> {
        Self::parse(&read(&mut File::open(path)?)?)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn id(&self) -> String {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether a signature in base64 is this key's over these bytes.
    #[must_use]
    pub fn signed(&self, bytes: &[u8], signature: &str) -> bool {
        let signature = STANDARD.decode(signature).ok();
        let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|signature| self.key.verify_strict(bytes, &signature).is_ok())
    }
}

/// In the form `name+id+base64`.
impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, self.id(), STANDARD.encode(bytes))
    }
}

impl PrivateKey {
    /// The key of this seed.
    ///
    /// # Errors
    /// [`SigningError::Name`].
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, SigningError> {
        let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if name.is_empty() || name.len() > 128 || name.contains(bad) {
            return Err(SigningError::Name);
        }
        let key = SigningKey::from_bytes(seed);
        let public = PublicKey {
            name: name.to_owned(),
            key: key.verifying_key(),
        };
        Ok(Self { key, public })
    }

    /// Reads a key's file, after checking who else could.
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn load(path: &Path) -> Result<Self, SigningError> {
        let mut file = File::open(path)?;
        let mode = file.metadata()?.mode();
        if mode & 0o077 != 0 {
            return Err(SigningError::TooOpen(mode & 0o7777));
        }
        let text = read(&mut file)?;
        let rest = text.strip_prefix(PRIVATE).ok_or(SigningError::Malformed)?;
        let (name, id, seed) = parts(rest)?;
        let private = Self::new(name, &seed)?;
        if private.public.id() == id {
            Ok(private)
        } else {
            Err(SigningError::Malformed)
        }
    }

    /// Draws a key; writes it to `private` and its public half to `public`. Both must be new.
    ///
    /// # Errors
    /// [`SigningError`]; then nothing is left behind.
    pub fn create(name: &str, private: &Path, public: &Path) -> Result<Self, SigningError> {
        let mut seed = Zeroizing::new([0; 32]);
        OsRng
            .try_fill_bytes(seed.as_mut_slice())
            .map_err(|_| SigningError::Random)?;
        let key = Self::new(name, &seed)?;
        let bytes = Zeroizing::new([&[ED25519], seed.as_slice()].concat());
        let encoded = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
        let line = Zeroizing::new(format!(
            "{PRIVATE}{name}+{}+{}\n",
            key.public.id(),
            encoded.as_str()
        ));
        write(private, 0o600, line.as_bytes())?;
        write(public, 0o644, format!("{}\n", key.public).as_bytes()).inspect_err(|_| {
            // Half a pair helps nobody, and would block the next attempt.
            let _gone = fs::remove_file(private);
        })?;
        Ok(key)
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signature over these bytes, in base64.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> String {
        STANDARD.encode(self.key.sign(bytes).to_bytes())
    }
}

fn read(file: &mut File) -> Result<Zeroizing<String>, SigningError> {
    // Room for the longest file at once: growing would leave copies in freed memory.
    let mut text = Zeroizing::new(String::with_capacity(LONGEST + 1));
    let read = file.take(LONGEST as u64 + 1).read_to_string(&mut text);
    read.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => SigningError::Malformed,
        _ => error.into(),
    })?;
    if text.len() > LONGEST {
        Err(SigningError::Malformed)
    } else {
        Ok(text)
    }
}

fn parts(text: &str) -> Result<(&str, &str, Zeroizing<[u8; 32]>), SigningError> {
    let mut parts = text.trim_end().splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(SigningError::Malformed);
    };
    let bytes = STANDARD.decode(key).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| SigningError::Malformed)?;
    match bytes.split_first() {
        Some((&ED25519, key)) => {
            let key = key.try_into().map_err(|_| SigningError::Malformed)?;
            Ok((name, id, Zeroizing::new(key)))
        }
        _ => Err(SigningError::Malformed),
    }
}

fn write(path: &Path, mode: u32, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// The example of golang.org/x/mod/sumdb/note, whose form C2SP took over.
    const NEUMANN: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn a_published_key_reads_and_writes_itself() {
        assert_eq!(PublicKey::parse(NEUMANN).unwrap().to_string(), NEUMANN);
        assert!(PublicKey::parse(&NEUMANN.replace("Peter", "Petra")).is_err());
    }

    #[test]
    fn a_pair_is_made_once_and_signs() {
        let dir = tempfile::tempdir().unwrap();
        let (private, public) = (dir.path().join("exit.key"), dir.path().join("exit.pub"));
        PrivateKey::create("backstop/exit", &private, &public).unwrap();
        let (key, handed_out) = (
            PrivateKey::load(&private).unwrap(),
            PublicKey::load(&public).unwrap(),
        );
        assert!(handed_out.signed(b"text", &key.sign(b"text")));
        assert!(!handed_out.signed(b"other", &key.sign(b"text")));
        assert!(
            PrivateKey::create("backstop/exit", &private, &public).is_err(),
            "never overwritten"
        );
        fs::set_permissions(&private, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            PrivateKey::load(&private),
            Err(SigningError::TooOpen(0o640))
        ));
    }
}
