//! The evidence leaf: what an operator did, left in the act's own transaction.
//!
//! [`leave`] writes one [`Leaf`] through the transaction of the act, so that act
//! and leaf commit together or not at all. [`body`] makes the canonical text
//! that is hashed, a [`Commitment`] stands in for free text. [`tree`] and [`proof`]
//! are the Merkle tree of RFC 6962 over leaf hashes, [`checkpoint`] its signed head
//! in C2SP's form; they need no database.
//!
//! **Invariant.** A leaf has no index: transactions commit in another order than
//! they start, so whoever numbers leaves must look for unnumbered ones, never
//! for "greater than the last". And no leaf holds customer data: leaves are kept
//! for ever, customer data is not.

pub mod body;
pub mod checkpoint;
mod commitment;
mod leaf;
pub mod proof;
pub mod tree;
#[cfg(test)]
mod vectors;

pub use body::leaf_hash;
pub use commitment::{Commitment, commit};
pub use leaf::{Leaf, MIGRATION, ORIGIN, leave};
