//! Sealed fields: customer data is encrypted before it reaches a row.
//!
//! A field that holds customer data has the type [`Sealed`]; [`Vault::seal`]
//! and [`Vault::open`] are the narrow door, and an [`Aad`] ties each ciphertext
//! to the table, column and subject that it was made for. [`Vault::blind_index`]
//! finds a row by a value that is sealed. [`key_file`] keeps the keys,
//! [`data_map`] says which column holds what.
//!
//! **Invariant.** No type here that has held plaintext or a key shows it through
//! `Debug` or `Display`, and no error carries it.

mod aad;
pub mod data_map;
mod error;
mod keeper;
mod key;
pub mod key_file;
mod seal;
mod wire;

pub use aad::Aad;
pub use error::OpenError;
pub use keeper::Vault;
pub use key_file::{KeyFileError, create_key_file};
pub use seal::{Seal, Sealed};
