//! Who asks, and in which role.
//!
//! A request carries a bearer token (RFC 6750). [`Tokens`] knows the SHA-256 of
//! each, from a [`token_file`] that an administrator writes, and turns a token into a
//! [`Principal`] with a [`Role`]; it looks at the file again when it changes, so
//! that tokens rotate without a restart. [`mint`] makes a new token.
//!
//! **Invariant.** There is no default token and no token in the clear: not in
//! the file, not in memory once a request is over, not in an error.

mod mint;
mod principal;
pub mod token_file;
mod tokens;

pub use mint::mint;
pub use principal::{Principal, Role, UnknownRole};
pub use token_file::TokenFileError;
pub use tokens::{Refreshed, Tokens};
