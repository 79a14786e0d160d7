//! Sealed fields: customer data is encrypted before it reaches a row.
//!
//! A field that holds customer data has the type [`Sealed`]. [`Vault`]
//! hands out a subject's [`Keys`], which seal and open at a [`Place`]; every subject
//! has a random key per [`Category`], wrapped by the KEK of its [`Custodian`] and kept
//! in a [`KeyStore`] of its own. Destroying a key shreds what it sealed, backups included.
//! `suite` holds the ciphers, `kek` what wraps, `lease` the second within which a
//! destruction is known everywhere, `rotate` (a saga), `sweep` and `backup` the store's upkeep.
//! [`data_map`] says which column holds what, [`mask`] what may be shown of it.
//!
//! **Invariant.** No type here that has held plaintext or a key shows it through
//! `Debug` or `Display`, and no error carries it.

mod backup;
mod category;
mod custody;
pub mod data_map;
mod error;
mod heart;
mod journal;
mod kek;
mod keys;
mod layout;
mod lease;
pub mod mask;
mod place;
mod registry;
mod rotate;
mod seal;
mod status;
#[cfg(test)]
mod stolen;
mod store;
pub mod suite;
mod sweep;

pub use backup::{Copied, copy};
pub use category::{Category, Custodian};
pub use custody::Vault;
pub use error::{OpenError, VaultError};
pub use kek::{FileKek, KekError, KekProvider};
pub use keys::Keys;
pub use lease::LEASE;
pub use place::{Place, SealedColumn};
pub use rotate::{Rotated, Step};
pub use seal::{Seal, Sealed};
pub use status::{KekStatus, Status};
pub use store::{KeyStore, Parts, is_key_store};
pub use sweep::{DEAD_AFTER, Swept};
