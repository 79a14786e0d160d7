//! The type of a field that holds customer data.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde_json::Value;
use zeroize::Zeroizing;

/// A value that can be sealed: it has bytes, and comes back from them.
pub trait Seal: Sized {
    /// The bytes to encrypt.
    fn plain(&self) -> Cow<'_, [u8]>;
    /// The value, or `None` if the bytes are not one.
    fn from_plain(bytes: Zeroizing<Vec<u8>>) -> Option<Self>;
}

impl Seal for String {
    fn plain(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.as_bytes())
    }

    fn from_plain(mut bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        Self::from_utf8(std::mem::take(&mut *bytes)).ok()
    }
}

impl Seal for Vec<u8> {
    fn plain(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self)
    }

    fn from_plain(mut bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        Some(std::mem::take(&mut *bytes))
    }
}

impl Seal for i64 {
    fn plain(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.to_be_bytes().to_vec())
    }

    fn from_plain(bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        Some(Self::from_be_bytes(bytes.as_slice().try_into().ok()?))
    }
}

impl Seal for Value {
    fn plain(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.to_string().into_bytes())
    }

    fn from_plain(bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        serde_json::from_slice(&bytes).ok()
    }
}

/// The ciphertext of a `T`, in the layout of the `layout` module: what a column
/// stores. It can be copied and compared; only its subject's [`Keys`](crate::Keys) open it.
pub struct Sealed<T> {
    bytes: Vec<u8>,
    value: PhantomData<fn() -> T>,
}

impl<T> Sealed<T> {
    /// What a row holds. The bytes are checked when they are opened, not here.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            value: PhantomData,
        }
    }

    /// What to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<T> Clone for Sealed<T> {
    fn clone(&self) -> Self {
        Self::from_bytes(self.bytes.clone())
    }
}

/// Equal ciphertexts; two seals of one value differ.
impl<T> PartialEq for Sealed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<T> Eq for Sealed<T> {}

/// Shows the length only: ciphertexts don't belong in logs either, for a key
/// that leaks later would open them.
impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.bytes.len())
    }
}
