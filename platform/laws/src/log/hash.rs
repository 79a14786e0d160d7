//! The Merkle tree of RFC 6962, 2.1, as far as a root needs it.

use sha2::{Digest, Sha256};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// Zero byte and body: a leaf can't be passed off as an inner node.
pub(crate) fn leaf(body: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0_u8])
        .chain_update(body)
        .finalize()
        .into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1_u8])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// Perfect subtrees of the leaves so far, with the number of leaves in each,
/// largest first. Two of equal size become one.
#[derive(Debug, Default)]
pub(crate) struct Forest(Vec<(u64, Hash)>);

impl Forest {
    pub(crate) fn add(&mut self, leaf: Hash) {
        let mut tree = (1, leaf);
        while let Some((leaves, left)) = self.0.last()
            && *leaves == tree.0
        {
            tree = (tree.0 * 2, node(left, &tree.1));
            self.0.pop();
        }
        self.0.push(tree);
    }

    /// From the smallest subtree to the largest; of nothing, the hash of nothing.
    pub(crate) fn root(&self) -> Hash {
        let mut trees = self.0.iter().rev().map(|(_, hash)| *hash);
        let Some(smallest) = trees.next() else {
            return Sha256::digest([]).into();
        };
        trees.fold(smallest, |right, left| node(&left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the definition in RFC 6962, 2.1: split at the largest power of two below.
    fn defined(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            more => {
                let (left, right) = more.split_at(more.len().next_power_of_two() / 2);
                node(&defined(left), &defined(right))
            }
        }
    }

    #[test]
    fn the_root_is_that_of_the_definition() {
        let leaves: Vec<Hash> = (0..70).map(|n| leaf(&[n])).collect();
        let mut forest = Forest::default();
        for (count, hash) in leaves.iter().enumerate() {
            assert_eq!(forest.root(), defined(&leaves[..count]));
            forest.add(*hash);
        }
    }

    #[test]
    fn the_root_is_the_published_one() {
        // Leaves and root as Certificate Transparency's logs test themselves with.
        let bodies: [&[u8]; 4] = [b"", &[0], &[0x10], b"\x20\x21"];
        let mut forest = Forest::default();
        bodies.iter().for_each(|body| forest.add(leaf(body)));
        let hex: String = forest.root().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
        );
    }
}
