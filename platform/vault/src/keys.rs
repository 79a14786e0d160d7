//! One subject's keys, in hand.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use rand::RngCore;
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use crate::layout::{self, OVERHEAD};
use crate::lease::Lease;
use crate::suite::{Cipher, NONCE, Suite};
use crate::{Category, OpenError, Place, Seal, Sealed};

/// The keys of one subject. Cheap to clone; every use asks whether the key was
/// destroyed meanwhile, and whether this instance would know.
#[derive(Clone)]
pub struct Keys(pub(crate) Arc<Subject>);

/// A subject's keys, wiped when the last holder is gone; no `Debug`.
pub(crate) struct Subject {
    pub(crate) id: Uuid,
    suite: Arc<dyn Suite>,
    keys: [Option<DataKey>; 5],
    /// Categories destroyed since the keys were read, one bit each.
    dead: AtomicU8,
    lease: Arc<Lease>,
}

/// One data key; its expansion is made by its first use.
pub(crate) struct DataKey {
    id: u64,
    material: Zeroizing<Vec<u8>>,
    cipher: OnceLock<Option<Box<dyn Cipher>>>,
}

impl DataKey {
    pub(crate) fn new(id: u64, material: Zeroizing<Vec<u8>>) -> Self {
        Self {
            id,
            material,
            cipher: OnceLock::new(),
        }
    }
}

impl Subject {
    pub(crate) fn new(
        id: Uuid,
        suite: Arc<dyn Suite>,
        keys: [Option<DataKey>; 5],
        lease: Arc<Lease>,
    ) -> Self {
        Self {
            id,
            suite,
            keys,
            dead: AtomicU8::new(0),
            lease,
        }
    }

    /// Makes the keys of these categories unusable for every holder.
    pub(crate) fn kill(&self, categories: u8) {
        self.dead.fetch_or(categories, Ordering::Release);
    }

    fn key(&self, category: Category) -> Result<(&DataKey, &dyn Cipher), OpenError> {
        let key = self.keys.get(category.index()).and_then(Option::as_ref);
        let key = key.ok_or(OpenError::Destroyed)?;
        let cipher = key.cipher.get_or_init(|| self.suite.cipher(&key.material));
        // Lengths are checked where keys are unwrapped, so there is a cipher.
        Ok((key, cipher.as_deref().ok_or(OpenError::Malformed)?))
    }

    /// Asked when the work is done and before its result leaves: a thread that was
    /// paused in between must not give out what it should not have.
    fn allowed(&self, category: Category) -> Result<(), OpenError> {
        if self.dead.load(Ordering::Acquire) & category.bit() != 0 {
            return Err(OpenError::Destroyed);
        }
        if self.lease.holds() {
            Ok(())
        } else {
            Err(OpenError::Stale)
        }
    }
}

impl Keys {
    /// Whose keys these are.
    #[must_use]
    pub fn subject(&self) -> Uuid {
        self.0.id
    }

    /// Encrypts a value for one place: the same place is needed to open it.
    ///
    /// # Errors
    /// [`OpenError::Destroyed`], [`OpenError::Stale`].
    pub fn seal<T: Seal>(&self, place: Place<'_>, value: &T) -> Result<Sealed<T>, OpenError> {
        let category = place.column.category;
        let plain = value.plain();
        let sealed = self.layer(place, category, &plain);
        if let Cow::Owned(mut copy) = plain {
            copy.zeroize();
        }
        let mut bytes = sealed?;
        if let Some(around) = category.around() {
            bytes = self.layer(place, around, &bytes)?;
        }
        Ok(Sealed::from_bytes(bytes))
    }

    /// Decrypts a value that was sealed for this place and subject.
    ///
    /// # Errors
    /// [`OpenError`] says whether the layout, the key, the bytes, the type or the time is wrong.
    pub fn open<T: Seal>(&self, place: Place<'_>, sealed: &Sealed<T>) -> Result<T, OpenError> {
        let category = place.column.category;
        let plain = match category.around() {
            Some(around) => {
                let within = self.peel(place, around, sealed.as_bytes())?;
                self.peel(place, category, &within)?
            }
            None => self.peel(place, category, sealed.as_bytes())?,
        };
        T::from_plain(plain).ok_or(OpenError::WrongType)
    }

    /// A keyed digest of a value at its place, 32 bytes: who has the value and the key can tell
    /// that it is the one, and no number of guesses tells without the key. It dies with the key.
    ///
    /// # Errors
    /// [`OpenError::Destroyed`], [`OpenError::Stale`].
    pub fn commit(&self, place: Place<'_>, value: &[u8]) -> Result<Vec<u8>, OpenError> {
        let subject = &*self.0;
        let category = place.column.category;
        let (key, _) = subject.key(category)?;
        let digest = |key: &[u8]| subject.suite.digest(key).ok_or(OpenError::Malformed);
        // A key of its own, as what encrypts must not digest (NIST SP 800-57 part 1, 5.2).
        let own = Zeroizing::new(digest(&key.material)?.of(&[b"backstop commitment"]));
        let bound = place.bind(b"commitment", subject.id, category);
        let committed = digest(&own)?.of(&[&bound, value]);
        subject.allowed(category)?;
        Ok(committed)
    }

    fn layer(&self, place: Place<'_>, category: Category, plain: &[u8]) -> Result<Vec<u8>, OpenError> {
        let subject = &*self.0;
        let (key, cipher) = subject.key(category)?;
        let header = layout::header(subject.suite.number(), key.id);
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        // Exact capacity: a vector that grew would leave plaintext behind in freed memory.
        let mut bytes = Vec::with_capacity(plain.len() + OVERHEAD);
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(plain);
        let body = bytes.get_mut(layout::HEADER + NONCE..).unwrap_or_default();
        let tag = cipher.seal(&nonce, &place.bind(&header, subject.id, category), body);
        bytes.extend_from_slice(&tag);
        subject.allowed(category)?;
        Ok(bytes)
    }

    fn peel(
        &self,
        place: Place<'_>,
        category: Category,
        bytes: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let subject = &*self.0;
        let parts = layout::split(bytes)?;
        let (key, cipher) = subject.key(category)?;
        if parts.key_id != key.id || parts.suite != subject.suite.number() {
            return Err(OpenError::UnknownKey(parts.key_id));
        }
        let mut plain = Zeroizing::new(parts.ciphertext.to_vec());
        let bound = place.bind(parts.header, subject.id, category);
        cipher
            .open(parts.nonce, &bound, &mut plain, parts.tag)
            .map_err(|_| OpenError::NotAuthentic)?;
        subject.allowed(category)?;
        Ok(plain)
    }
}
