//! The Merkle tree of RFC 6962 over leaf hashes: roots, and proofs that need no database.

use sha2::{Digest, Sha256};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// The hash of an inner node (RFC 6962, 2.1): SHA-256 over a one byte and both children.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The right edge of a tree: all that is needed to add leaves and to know the
/// root, at most 64 hashes, so that a restart reads one row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// Roots of the perfect subtrees, left to right, one for each bit of the size.
    peaks: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree of this size, from its peaks as [`Edge::peaks`] gave them;
    /// `None` unless there is one for each bit of the size.
    #[must_use]
    pub fn restore(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// Adds one leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut subtree = leaf;
        // Each trailing one bit of the size is a perfect subtree of equal height.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                subtree = node_hash(&left, &subtree);
            }
        }
        self.peaks.push(subtree);
        self.size += 1;
    }

    /// Leaves in the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the perfect subtrees, left to right.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The tree's root; that of no leaves is the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let joined = self
            .peaks
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right));
        joined.unwrap_or_else(|| Sha256::digest([]).into())
    }
}

/// The root over all these leaves.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    let mut edge = Edge::default();
    leaves.iter().for_each(|leaf| edge.push(*leaf));
    edge.root()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{ROOTS, leaves};

    #[test]
    fn the_roots_are_the_published_ones() {
        assert_eq!(
            crate::commitment::hex(&root(&[])),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (count, wanted) in (1..).zip(ROOTS) {
            assert_eq!(&crate::commitment::hex(&root(&leaves()[..count])), wanted);
        }
    }

    #[test]
    fn an_edge_goes_on_where_it_was_put_down() {
        let all = leaves();
        for cut in 0..all.len() {
            let mut edge = Edge::default();
            all[..cut].iter().for_each(|leaf| edge.push(*leaf));
            let mut edge = Edge::restore(edge.size(), edge.peaks().to_vec()).unwrap();
            all[cut..].iter().for_each(|leaf| edge.push(*leaf));
            assert_eq!(edge.root(), root(&all));
        }
        assert_eq!(Edge::restore(3, vec![[0; 32]]), None);
    }
}
