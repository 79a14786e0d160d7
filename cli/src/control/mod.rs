//! The control plane as the command line starts it: [`init`] makes keys and tokens, [`serve`] serves.

pub mod init;
pub mod serve;

/// The name of the private key's file, in the folder that `init` made.
pub(crate) const KEY: &str = "evidence.key";
/// The name of the public key's file.
pub(crate) const PUBLIC: &str = "evidence.pub";
/// What tokens are checked against: hashes only.
pub(crate) const HASHES: &str = "tokens.toml";
/// The tokens themselves.
pub(crate) const CLEAR: &str = "tokens.json";
