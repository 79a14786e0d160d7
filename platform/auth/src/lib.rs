//! Who asks, in which role, and what takes more than one person.
//!
//! A request carries a bearer token (RFC 6750), a session's token, or comes over
//! mutual TLS; each leads to a [`Principal`] with a [`Role`].
//!
//! - Services: [`Tokens`] knows the SHA-256 of each token from a [`token_file`] that
//!   is looked at again when it changes; [`mint`] makes one,
//!   [`create_tokens`] those of a new place. [`Certificates`] knows
//!   clients' certificates from a [`certificate_map`].
//! - Persons: [`accounts`] over `db` with argon2id ([`password`]) and one-time codes
//!   ([`totp`]); [`Access`] signs them in and out and changes their passwords; [`sessions`] says for how long;
//!   `attempts` slows guessing. [`AccessKey`] seals what is secret in these rows.
//!   [`provider`] is where another way to sign in would go.
//! - Together: [`approvals`] bind what several persons agreed on to a digest, and
//!   [`perform()`] carries it out once.
//!
//! **Invariant.** There is no default token or account, and no token, password or
//! secret in the clear: not in a file, not in a row, not in memory once a request is
//! over, not in an error.

pub mod access;
mod access_key;
pub mod accounts;
pub mod approvals;
mod attempts;
pub mod certificate_map;
mod certificates;
pub mod change;
mod key_file;
mod mint;
mod new_tokens;
pub mod password;
mod perform;
mod principal;
pub mod provider;
mod record;
mod schema;
pub mod sessions;
mod sql;
pub mod token_file;
mod tokens;
pub mod totp;

pub use access::{Access, Begun, SignIn, SignInError};
pub use access_key::AccessKey;
pub use accounts::{Account, AccountError, By, Credentials};
pub use certificate_map::CertificateMapError;
pub use certificates::{Certificates, Shown};
pub use change::ChangeError;
pub use key_file::{AccessKeyError, create_access_key};
pub use mint::mint;
pub use new_tokens::create_tokens;
pub use perform::perform;
pub use principal::{Kind, Principal, Role, UnknownRole, is_name};
pub use schema::MIGRATION;
pub use sessions::Session;
pub use token_file::TokenFileError;
pub use tokens::{Refreshed, Tokens};
