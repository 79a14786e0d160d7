//! What both suites are made of: GCM over a block cipher, HMAC over a hash.

use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{AeadCore, AeadInOut};
use hmac::Mac;

use super::{Cipher, KeyedDigest, NONCE, NotAuthentic, TAG};

/// GCM under an expanded key.
pub(super) struct Gcm<C>(pub(super) C);

impl<C> Cipher for Gcm<C>
where
    C: AeadInOut + AeadCore<NonceSize = U12, TagSize = U16> + Send + Sync,
{
    #[expect(
        clippy::expect_used,
        reason = "GCM refuses only more than 64 GiB (SP 800-38D, 5.2.1.1)"
    )]
    fn seal(&self, nonce: &[u8; NONCE], bound: &[u8], body: &mut [u8]) -> [u8; TAG] {
        let tag = self.0.encrypt_inout_detached(nonce.into(), bound, body.into());
        tag.expect("a value in memory is shorter than GCM's limit").into()
    }

    fn open(
        &self,
        nonce: &[u8; NONCE],
        bound: &[u8],
        body: &mut [u8],
        tag: &[u8; TAG],
    ) -> Result<(), NotAuthentic> {
        self.0
            .decrypt_inout_detached(nonce.into(), bound, body.into(), tag.into())
            .map_err(|_| NotAuthentic)
    }
}

/// HMAC under an expanded key.
pub(super) struct Digest<M>(pub(super) M);

impl<M: Mac + Clone + Send + Sync> KeyedDigest for Digest<M> {
    fn of(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }
}
