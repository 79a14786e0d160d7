//! Proofs that a leaf is in a tree, and that one tree is the beginning of another.

use crate::tree::{Hash, node_hash, root};

/// The hashes that lead from a leaf to the root (RFC 6962, 2.1.1); `None` for a
/// leaf that the tree doesn't have.
#[must_use]
pub fn inclusion(index: usize, leaves: &[Hash]) -> Option<Vec<Hash>> {
    (index < leaves.len()).then(|| path(index, leaves))
}

fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, sibling) = if index < left.len() {
        (path(index, left), root(right))
    } else {
        (path(index - left.len(), right), root(left))
    };
    proof.push(sibling);
    proof
}

/// The hashes that lead from the root over the first `old` leaves to the root
/// over all (RFC 6962, 2.1.2); `None` if there are not so many.
#[must_use]
pub fn consistency(old: usize, leaves: &[Hash]) -> Option<Vec<Hash>> {
    match old {
        0 => Some(Vec::new()),
        old => (old <= leaves.len()).then(|| subproof(old, leaves, true)),
    }
}

/// `whole`: the old tree is all of this subtree so far, so its root is known.
fn subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, sibling) = if old <= left.len() {
        (subproof(old, left, whole), root(right))
    } else {
        (subproof(old - left.len(), right, false), root(left))
    };
    proof.push(sibling);
    proof
}

/// The largest power of two below the count, which is at least two.
fn split(count: usize) -> usize {
    1 << (count - 1).ilog2()
}

/// Whether the proof leads from this leaf at this place to the root of a tree of
/// this size (RFC 9162, 2.1.3.2).
#[must_use]
pub fn included(index: u64, size: u64, leaf: &Hash, proof: &[Hash], wanted: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && hash == *wanted
}

/// A tree as a checkpoint states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Leaves in the tree.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

/// Whether the proof shows that the old tree is the beginning of the new one
/// (RFC 9162, 2.1.4.2). Nothing is the beginning of everything.
#[must_use]
pub fn consistent(old: &Head, new: &Head, proof: &[Hash]) -> bool {
    if old.size > new.size {
        return false;
    }
    if old.size == new.size {
        return proof.is_empty() && old.root == new.root;
    }
    if old.size == 0 {
        return proof.is_empty() && old.root == root(&[]);
    }
    let mut steps = proof.iter();
    // A perfect old tree is a node of the new one, and the proof leaves it out.
    let first = if old.size.is_power_of_two() {
        Some(&old.root)
    } else {
        steps.next()
    };
    let Some(first) = first else { return false };
    let (mut at, mut last) = (old.size - 1, new.size - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut from_old, mut from_new) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            from_old = node_hash(step, &from_old);
            from_new = node_hash(step, &from_new);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            from_new = node_hash(&from_new, step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && from_old == old.root && from_new == new.root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commitment::hex;
    use crate::vectors::{CONSISTENCY, INCLUSION, leaves};

    fn head(size: usize, leaves: &[Hash]) -> Head {
        Head {
            size: size as u64,
            root: root(&leaves[..size]),
        }
    }

    #[test]
    fn the_proofs_are_the_published_ones() {
        let all = leaves();
        for (number, size, wanted) in INCLUSION {
            let proof = inclusion(number - 1, &all[..*size]).unwrap();
            assert_eq!(proof.iter().map(|h| hex(h)).collect::<Vec<_>>(), *wanted);
        }
        for (old, new, wanted) in CONSISTENCY {
            let proof = consistency(*old, &all[..*new]).unwrap();
            assert_eq!(proof.iter().map(|h| hex(h)).collect::<Vec<_>>(), *wanted);
        }
    }

    /// Every bit of every hash, every other place, a hash more and a hash less.
    #[test]
    fn a_proof_of_inclusion_proves_one_leaf_in_one_place_of_one_tree() {
        let all: Vec<Hash> = (0..33).map(|n| crate::leaf_hash(&[n])).collect();
        for size in 1..=all.len() {
            let head = head(size, &all);
            for index in 0..size {
                let proof = inclusion(index, &all[..size]).unwrap();
                let holds = |index: usize, leaf: &Hash, proof: &[Hash]| {
                    included(index as u64, head.size, leaf, proof, &head.root)
                };
                assert!(holds(index, &all[index], &proof));
                for other in (0..size + 2).filter(|other| *other != index) {
                    assert!(!holds(other, &all[index], &proof), "{index} of {size} as {other}");
                }
                assert!(!holds(index, &[7; 32], &proof));
                for (at, bit) in (0..proof.len()).flat_map(|at| (0..256).map(move |bit| (at, bit))) {
                    let mut bad = proof.clone();
                    bad[at][bit / 8] ^= 1 << (bit % 8);
                    assert!(!holds(index, &all[index], &bad));
                }
                let mut long = proof.clone();
                long.push(head.root);
                assert!(!holds(index, &all[index], &long));
                if let Some((_, short)) = proof.split_last() {
                    assert!(!holds(index, &all[index], short));
                }
            }
        }
        assert_eq!(inclusion(3, &all[..3]), None);
    }

    #[test]
    fn a_proof_of_consistency_proves_one_beginning_of_one_tree() {
        let all: Vec<Hash> = (0..33).map(|n| crate::leaf_hash(&[n])).collect();
        for new in 0..=all.len() {
            for old in 0..=new {
                let proof = consistency(old, &all[..new]).unwrap();
                let (before, after) = (head(old, &all), head(new, &all));
                assert!(consistent(&before, &after, &proof), "{old} to {new}");
                let forged = Head {
                    root: [7; 32],
                    ..before
                };
                assert!(!consistent(&forged, &after, &proof), "{old} to {new}");
                let forged = Head {
                    root: [7; 32],
                    ..after
                };
                // From nothing, anything follows: only a size above zero binds.
                assert!(old == 0 && new > 0 || !consistent(&before, &forged, &proof));
                for at in 0..proof.len() {
                    let mut bad = proof.clone();
                    bad[at][0] ^= 1;
                    assert!(!consistent(&before, &after, &bad));
                }
                let mut long = proof.clone();
                long.push(after.root);
                assert!(!consistent(&before, &after, &long));
            }
        }
        assert!(!consistent(&head(3, &all), &head(2, &all), &[]));
        assert_eq!(consistency(4, &all[..3]), None);
    }
}
