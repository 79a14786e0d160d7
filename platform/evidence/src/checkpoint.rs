//! C2SP checkpoints: a tree's size and root as a note that a key has signed.
//!
//! The text is that of <https://c2sp.org/tlog-checkpoint>, the signature line
//! that of <https://c2sp.org/signed-note> with Ed25519 (type 1). A log signs
//! with a key of its own name, so the origin names both.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use rand::{TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::proof::Head;

/// The signature type of Ed25519 in signed notes.
const ED25519: u8 = 1;
/// Signature lines that are looked at; the specification asks for sixteen at least.
const SIGNATURES: usize = 16;
/// How a private key begins.
const PRIVATE: &str = "PRIVATE+KEY+";
/// The longest note: sixteen signatures and a short text are some 3 KB.
const LONGEST: usize = 16 * 1024;

/// Why a key or a checkpoint is not accepted. The texts fit "failed to read …: ".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a key as `name+id+key` in the C2SP form.
    #[error("the key is not of the form name+id+key, or its id is another key's")]
    Key,
    /// Not a signed note with an origin, a size and a root.
    #[error("the text is not a checkpoint")]
    Form,
    /// No signature by the key, or one that does not verify.
    #[error("the checkpoint is not signed by the log's key")]
    Signature,
    /// The operating system gives no randomness for a new key.
    #[error("there is no randomness for a key")]
    Randomness,
    /// Another log's checkpoint.
    #[error("the checkpoint is of another log")]
    Origin,
}

/// A log's public key, with the log's origin as its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

impl Verifier {
    /// Reads a key in the C2SP form `name+id+base64`.
    ///
    /// # Errors
    /// [`NoteError::Key`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let (name, rest) = text.trim_end().split_once('+').ok_or(NoteError::Key)?;
        let (id, key) = rest.split_once('+').ok_or(NoteError::Key)?;
        let bytes = BASE64.decode(key).map_err(|_| NoteError::Key)?;
        let Some((&ED25519, key)) = bytes.split_first() else {
            return Err(NoteError::Key);
        };
        let key = key.try_into().map_err(|_| NoteError::Key)?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| NoteError::Key)?;
        let verifier = Self {
            name: name.to_owned(),
            key,
        };
        let same = crate::commitment::hex(&verifier.id()) == id.to_ascii_lowercase();
        (same && is_name(name)).then_some(verifier).ok_or(NoteError::Key)
    }

    /// The origin of the log that signs with it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// The head that a signed checkpoint states.
    ///
    /// # Errors
    /// [`NoteError`]; then nothing in the text may be believed.
    pub fn open(&self, note: &str) -> Result<Head, NoteError> {
        if note.len() > LONGEST || note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(NoteError::Form);
        }
        let cut = note.rfind("\n\n").ok_or(NoteError::Form)?;
        let (text, signatures) = (&note[..=cut], &note[cut + 2..]);
        self.check(text, signatures)?;
        let head = parse(text)?;
        match text.lines().next() {
            Some(origin) if origin == self.name => Ok(head),
            _ => Err(NoteError::Origin),
        }
    }

    /// Signatures of other keys, such as witnesses', are passed over.
    fn check(&self, text: &str, signatures: &str) -> Result<(), NoteError> {
        let signatures = signatures.strip_suffix('\n').ok_or(NoteError::Form)?;
        let mut signed = false;
        for (number, line) in signatures.split('\n').enumerate() {
            let line = line.strip_prefix("\u{2014} ").ok_or(NoteError::Form)?;
            let (name, signature) = line.split_once(' ').ok_or(NoteError::Form)?;
            let bytes = BASE64.decode(signature).map_err(|_| NoteError::Form)?;
            if number >= SIGNATURES || bytes.len() < 5 {
                return Err(NoteError::Form);
            }
            let (id, signature) = bytes.split_at(4);
            if name != self.name || id != self.id() {
                continue;
            }
            let signature = Signature::from_slice(signature).map_err(|_| NoteError::Signature)?;
            self.key
                .verify_strict(text.as_bytes(), &signature)
                .map_err(|_| NoteError::Signature)?;
            signed = true;
        }
        signed.then_some(()).ok_or(NoteError::Signature)
    }
}

/// In the C2SP form `name+id+base64`, as it is handed to auditors.
impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut key = vec![ED25519];
        key.extend(self.key.as_bytes());
        let id = crate::commitment::hex(&self.id());
        write!(f, "{}+{id}+{}", self.name, BASE64.encode(key))
    }
}

/// A log's private key. It has no `Debug`, and is wiped when dropped.
pub struct Signer {
    key: SigningKey,
    verifier: Verifier,
}

impl Signer {
    /// The key of this seed for the log of this origin: no spaces and no plus sign in it.
    ///
    /// # Errors
    /// [`NoteError::Key`] for a name that a note can't carry.
    pub fn new(origin: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        if !is_name(origin) {
            return Err(NoteError::Key);
        }
        let key = SigningKey::from_bytes(seed);
        let verifier = Verifier {
            name: origin.to_owned(),
            key: key.verifying_key(),
        };
        Ok(Self { key, verifier })
    }

    /// A key drawn at random.
    ///
    /// # Errors
    /// [`NoteError::Key`] for a name that a note can't carry,
    /// [`NoteError::Randomness`] if the operating system gives none.
    pub fn generate(origin: &str) -> Result<Self, NoteError> {
        let mut seed = Zeroizing::new([0; 32]);
        OsRng
            .try_fill_bytes(seed.as_mut())
            .map_err(|_| NoteError::Randomness)?;
        Self::new(origin, &seed)
    }

    /// Reads a private key in the form `PRIVATE+KEY+name+id+base64`, as
    /// golang.org/x/mod/sumdb/note writes it.
    ///
    /// # Errors
    /// [`NoteError::Key`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let rest = text.trim_end().strip_prefix(PRIVATE).ok_or(NoteError::Key)?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let bytes = Zeroizing::new(BASE64.decode(key).map_err(|_| NoteError::Key)?);
        let Some((&ED25519, seed)) = bytes.split_first() else {
            return Err(NoteError::Key);
        };
        let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).map_err(|_| NoteError::Key)?);
        let signer = Self::new(name, &seed)?;
        let same = crate::commitment::hex(&signer.verifier.id()) == id.to_ascii_lowercase();
        same.then_some(signer).ok_or(NoteError::Key)
    }

    /// The private key in the form that [`Signer::parse`] reads: for its file only.
    pub(crate) fn private(&self) -> Zeroizing<String> {
        let mut key = Zeroizing::new(vec![ED25519]);
        key.extend(self.key.as_bytes());
        let (name, id) = (&self.verifier.name, crate::commitment::hex(&self.verifier.id()));
        let key = Zeroizing::new(BASE64.encode(key.as_slice()));
        Zeroizing::new(format!("{PRIVATE}{name}+{id}+{}\n", key.as_str()))
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The signed checkpoint of a head. Whoever calls has to know that the head
    /// contradicts none that was signed before, and that its leaves are durable.
    #[must_use]
    pub fn checkpoint(&self, head: &Head) -> String {
        let name = &self.verifier.name;
        let text = format!("{name}\n{}\n{}\n", head.size, BASE64.encode(head.root));
        let mut signature = self.verifier.id().to_vec();
        signature.extend(self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n\u{2014} {name} {}\n", BASE64.encode(signature))
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// Origin, size without leading zeroes, root; lines after them are not ours to judge.
fn parse(text: &str) -> Result<Head, NoteError> {
    let mut lines = text.lines();
    let (Some(_), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(NoteError::Form);
    };
    let root = BASE64.decode(root).map_err(|_| NoteError::Form)?;
    let root = root.try_into().map_err(|_| NoteError::Form)?;
    let head = Head {
        size: size.parse().map_err(|_| NoteError::Form)?,
        root,
    };
    let plain = head.size.to_string() == size && lines.all(|line| !line.is_empty());
    plain.then_some(head).ok_or(NoteError::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "backstop/financing";

    fn signer() -> Signer {
        Signer::new(ORIGIN, &[7; 32]).unwrap()
    }

    /// The example of golang.org/x/mod/sumdb/note, whose form C2SP took over.
    const NEUMANN: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn a_published_key_reads_and_writes_itself_and_verifies_the_published_note() {
        let key = Verifier::parse(NEUMANN).unwrap();
        assert_eq!((key.name(), key.to_string().as_str()), ("PeterNeumann", NEUMANN));
        let text = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
        let signature = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        assert_eq!(key.check(text, signature), Ok(()));
        assert_eq!(
            key.check(&text.replace("you", "I"), signature),
            Err(NoteError::Signature)
        );
    }

    #[test]
    fn a_private_key_reads_itself_and_no_other_name_fits_it() {
        let text = signer().private();
        let again = Signer::parse(&text).unwrap();
        assert_eq!(again.verifier(), signer().verifier());
        let other = text.replace("financing", "control");
        assert_eq!(Signer::parse(&other).err(), Some(NoteError::Key));
        assert_eq!(Signer::parse(NEUMANN).err(), Some(NoteError::Key));
        let (one, two) = (
            Signer::generate(ORIGIN).unwrap(),
            Signer::generate(ORIGIN).unwrap(),
        );
        assert_ne!(one.verifier(), two.verifier());
    }

    #[test]
    fn a_checkpoint_says_what_was_signed_to_whoever_has_the_public_key() {
        let signer = signer();
        let key = Verifier::parse(&signer.verifier().to_string()).unwrap();
        for size in [0, 1, u64::MAX] {
            let head = Head { size, root: [9; 32] };
            assert_eq!(key.open(&signer.checkpoint(&head)), Ok(head));
        }
    }

    #[test]
    fn no_changed_byte_is_believed() {
        let signer = signer();
        let note = signer.checkpoint(&Head {
            size: 20,
            root: [9; 32],
        });
        for at in 0..note.len() {
            for change in [1_u8, 2, 16] {
                let mut bytes = note.clone().into_bytes();
                bytes[at] ^= change;
                let Ok(text) = String::from_utf8(bytes) else {
                    continue;
                };
                assert!(signer.verifier().open(&text).is_err(), "{text}");
            }
            let cut = note.get(..at).unwrap_or_default();
            assert!(signer.verifier().open(cut).is_err());
        }
    }

    #[test]
    fn another_logs_checkpoint_and_another_keys_are_refused_and_witnesses_are_passed_over() {
        let (ours, other) = (signer(), Signer::new("backstop/control", &[8; 32]).unwrap());
        let head = Head {
            size: 3,
            root: [1; 32],
        };
        let note = other.checkpoint(&head);
        assert_eq!(ours.verifier().open(&note), Err(NoteError::Signature));
        let stranger = Signer::new(ORIGIN, &[9; 32]).unwrap();
        assert_eq!(
            ours.verifier().open(&stranger.checkpoint(&head)),
            Err(NoteError::Signature)
        );
        let witness = note.rsplit_once("\n\n").unwrap().1;
        let both = ours.checkpoint(&head) + witness;
        assert_eq!(ours.verifier().open(&both), Ok(head));
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        for bad in [
            "",
            "PeterNeumann",
            &NEUMANN.replace("c74f20a3", "c74f20a4"),
            &NEUMANN.replace("ARpc", "AhpC"),
            &NEUMANN.replace("Peter", "Peter "),
        ] {
            assert_eq!(Verifier::parse(bad), Err(NoteError::Key), "{bad}");
        }
        assert!(Signer::new("a name", &[1; 32]).is_err());
    }
}
