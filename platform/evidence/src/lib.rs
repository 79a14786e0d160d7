//! The evidence log: what operators did, in an order that nobody can change
//! without being seen.
//!
//! [`leave`] writes one [`Leaf`] through the transaction of the act, so that act
//! and leaf commit together or not at all. [`body`] makes the canonical text
//! that is hashed, a [`Commitment`] stands in for free text, a case is named as
//! [`is_reference`] says. [`sequencer`] gives
//! the leaves of one log their indexes and signs what is durable; [`pending`]
//! tells what still waits. [`anchor_file`] keeps checkpoints outside the database,
//! [`handed_over`] those of other logs in it; [`key_file`] holds the signing key.
//! [`tree`] and [`proof`] are the Merkle tree of RFC 6962 over leaf hashes,
//! [`checkpoint`] its signed head in C2SP's form; these three need no database.
//!
//! **Invariant.** A leaf is left without an index: transactions commit in another
//! order than they start, so the sequencer looks for unnumbered leaves, never
//! for "greater than the last". And no leaf holds customer data: leaves are kept
//! for ever, customer data is not.

pub mod anchor_file;
pub mod body;
pub mod checkpoint;
mod commitment;
#[cfg(feature = "chaos")]
pub mod failpoint;
pub mod handed_over;
pub mod key_file;
mod leaf;
pub mod pending;
pub mod proof;
mod reference;
pub mod sequencer;
pub mod tree;
#[cfg(test)]
mod vectors;

pub use anchor_file::AnchorFile;
pub use body::leaf_hash;
pub use checkpoint::{Signer, Verifier};
pub use commitment::{Commitment, commit};
pub use leaf::{CONTROL, FINANCING, Leaf, MIGRATION, leave};
pub use reference::{REFERENCE, is_reference};
pub use sequencer::Sequencer;
