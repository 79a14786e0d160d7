//! Where another way to sign in would go: a bank's own identity provider over
//! `OpenID Connect`.
//!
//! An implementation lives in a crate of its own, beside the HTTP client and the
//! token's verification that it needs. The service would hold it as
//! `Option<Box<dyn IdentityProvider>>` beside [`Access`](crate::Access), call it in
//! the route that the provider redirects to, and begin a session for the account
//! that it names: roles and disabling stay with the accounts here. No provider
//! comes with this build.

use std::future::Future;
use std::pin::Pin;

/// Who an outside provider says somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account's name here; mapped by the implementation, never taken from an
    /// unverified claim.
    pub account: String,
    /// Ways in which the person showed who they are (`amr`, RFC 8176), so that one
    /// factor is not taken for two.
    pub methods: Vec<String>,
}

/// Why an assertion was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotIdentified {
    /// Signature, audience, nonce or time is wrong.
    #[error("the assertion is not valid")]
    Invalid,
    /// Valid, and of nobody here.
    #[error("the assertion names nobody here")]
    Unknown,
    /// The provider can't be asked.
    #[error("the identity provider does not answer")]
    Unavailable,
}

/// A provider's answer.
pub type Identified<'p> = Pin<Box<dyn Future<Output = Result<Identity, NotIdentified>> + Send + 'p>>;

/// An outside identity provider.
pub trait IdentityProvider: Send + Sync {
    /// Its name, for logs and evidence.
    fn name(&self) -> &str;
    /// Exchanges an authorization code for an identity: `nonce` and `verifier`
    /// (PKCE, RFC 7636) are those of the request that this person's browser began.
    fn identify<'p>(&'p self, code: &'p str, nonce: &'p str, verifier: &'p str) -> Identified<'p>;
}
