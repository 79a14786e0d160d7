//! Sealed fields: customer data is encrypted before it reaches a row.
//!
//! A field that holds customer data has the type [`Sealed`]. [`custody::Vault`]
//! hands out a subject's [`Keys`], which seal and open at a [`Place`]; every subject
//! has a random key per [`Category`], wrapped by the KEK of its [`Custodian`] and kept
//! in a [`KeyStore`] of its own. Destroying a key shreds what it sealed, backups included.
//! `suite` holds the ciphers, `kek` what wraps, `lease` the second within which a
//! destruction is known everywhere, `rotate`, `sweep` and `backup` the store's upkeep.
//! [`data_map`] says which column holds what.
//!
//! **Invariant.** No type here that has held plaintext or a key shows it through
//! `Debug` or `Display`, and no error carries it.

mod aad;
mod backup;
mod category;
pub mod custody;
pub mod data_map;
mod error;
mod heart;
mod journal;
mod keeper;
mod kek;
mod key;
pub mod key_file;
mod keys;
mod layout;
mod lease;
mod place;
mod registry;
mod rotate;
mod seal;
mod status;
mod store;
pub mod suite;
mod sweep;
mod wire;

pub use aad::Aad;
pub use backup::{Copied, copy};
pub use category::{Category, Custodian};
pub use error::{OpenError, VaultError};
pub use keeper::Vault;
pub use kek::{FileKek, KekError, KekProvider};
pub use key_file::{KeyFileError, create_key_file};
pub use keys::Keys;
pub use lease::LEASE;
pub use place::{Place, SealedColumn};
pub use rotate::{Rotated, Step};
pub use seal::{Seal, Sealed};
pub use status::{KekStatus, Status};
pub use store::{KeyStore, MIGRATION, Parts};
pub use sweep::{DEAD_AFTER, Swept};
