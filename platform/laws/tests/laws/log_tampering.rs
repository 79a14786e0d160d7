//! Every single change of a log behind an anchor is found, whichever it is and
//! however carefully it was covered up. Leaves and checkpoints are made by the
//! service's own code, so that both sides agree on the format.

use evidence::proof::Head;
use evidence::tree::{Hash, root};
use evidence::{FINANCING, Signer};
use laws::log::leaf::Columns;
use laws::log::{Anchor, Checker, Key, Leaf, anchors};
use laws::verdict::{Finding, Verdict};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

pub(crate) fn signer() -> Signer {
    Signer::new(FINANCING, &[7; 32]).unwrap()
}

pub(crate) fn key() -> Key {
    Key::parse(&signer().verifier().to_string()).unwrap()
}

/// The n-th leaf of an untouched log.
pub(crate) fn leaf(n: u64, act: &str, actor: &str, subject: &str, at: i64) -> Leaf {
    let id = format!("lef_{n:032x}");
    let facts = json!({ "act": act, "actor": actor, "at": at, "body": { "n": n }, "id": id,
        "origin": FINANCING, "subject": subject });
    let Value::Object(facts) = facts else {
        unreachable!()
    };
    of_body(Some(n), canonical(facts))
}

fn canonical(facts: Map<String, Value>) -> String {
    evidence::body::canonical(facts).unwrap()
}

/// A leaf whose columns and hash say what its body says.
fn of_body(index: Option<u64>, body: String) -> Leaf {
    let facts: Value = serde_json::from_str(&body).unwrap();
    let text = |name: &str| facts[name].as_str().unwrap().to_owned();
    let columns = Columns {
        id: text("id"),
        at: facts["at"].to_string(),
        origin: text("origin"),
        act: text("act"),
        actor: text("actor"),
        hash: hex(&evidence::leaf_hash(body.as_bytes())),
    };
    Leaf {
        index,
        body,
        columns: Some(columns),
    }
}

pub(crate) fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the log's signer signs of so many leaves.
pub(crate) fn checkpoint(leaves: &[Leaf]) -> String {
    let hashes: Vec<Hash> = leaves
        .iter()
        .map(|leaf| evidence::leaf_hash(leaf.body.as_bytes()))
        .collect();
    signer().checkpoint(&Head {
        size: hashes.len() as u64,
        root: root(&hashes),
    })
}

fn anchor(leaves: &[Leaf]) -> Anchor {
    anchors::anchor(&checkpoint(leaves), &[key()], "an anchor").unwrap()
}

fn log(size: u64) -> Vec<Leaf> {
    (0..size)
        .map(|n| {
            leaf(
                n,
                "intake.close",
                "operator-1",
                "everything",
                1_000 + n.cast_signed(),
            )
        })
        .collect()
}

fn verify(leaves: &[Leaf], anchors: &[Anchor]) -> Vec<Finding> {
    let mut checker = Checker::new(FINANCING, anchors);
    leaves.iter().for_each(|leaf| checker.leaf(leaf));
    let ruling = checker.finish().tally.ruling(7, None);
    assert_eq!(ruling.verdict == Verdict::Broken, !ruling.findings.is_empty());
    ruling.findings
}

/// Everything that a hand at the database can do to one row, or to the order of two.
#[derive(Debug, Clone)]
enum Change {
    /// A bit of the body, the hash left as it was.
    Body { row: usize, bit: usize },
    /// A fact of the body, with columns and hash made to fit.
    Rewrite { row: usize, fact: &'static str },
    /// A column beside the body.
    Column { row: usize, column: usize },
    /// The leaf is gone, and the later ones move up if covered up.
    Delete { row: usize, cover_up: bool },
    /// Two leaves change places, with their indexes or without.
    Swap {
        row: usize,
        other: usize,
        cover_up: bool,
    },
    /// A leaf more, in between.
    Insert { row: usize, cover_up: bool },
    /// One leaf a second time.
    Repeat { row: usize, cover_up: bool },
    /// The index of one leaf.
    Index { row: usize, to: u64 },
    /// The last leaves are gone.
    Truncate { keep: usize },
}

fn change(size: usize) -> impl Strategy<Value = Change> {
    let row = 0..size;
    prop_oneof![
        (row.clone(), 0..2_000_usize).prop_map(|(row, bit)| Change::Body { row, bit }),
        (
            row.clone(),
            prop::sample::select(vec!["act", "actor", "at", "id", "subject", "body"])
        )
            .prop_map(|(row, fact)| Change::Rewrite { row, fact }),
        (row.clone(), 0..6_usize).prop_map(|(row, column)| Change::Column { row, column }),
        (row.clone(), any::<bool>()).prop_map(|(row, cover_up)| Change::Delete { row, cover_up }),
        (row.clone(), row.clone(), any::<bool>()).prop_map(|(row, other, cover_up)| Change::Swap {
            row,
            other,
            cover_up
        }),
        (row.clone(), any::<bool>()).prop_map(|(row, cover_up)| Change::Insert { row, cover_up }),
        (row.clone(), any::<bool>()).prop_map(|(row, cover_up)| Change::Repeat { row, cover_up }),
        (row.clone(), 0..100_u64).prop_map(|(row, to)| Change::Index { row, to }),
        row.prop_map(|keep| Change::Truncate { keep }),
    ]
}

fn apply(mut leaves: Vec<Leaf>, change: &Change) -> Vec<Leaf> {
    let mut renumber = false;
    match *change {
        Change::Body { row, bit } => {
            let mut bytes = leaves[row].body.clone().into_bytes();
            let at = bit / 7 % bytes.len();
            // Below the eighth bit, so that it stays text.
            bytes[at] ^= 1 << (bit % 7);
            leaves[row].body = String::from_utf8(bytes).unwrap();
        }
        Change::Rewrite { row, fact } => {
            let mut facts: Map<String, Value> = serde_json::from_str(&leaves[row].body).unwrap();
            let other = match fact {
                "at" => json!(7),
                "id" => json!(format!("lef_{:032x}", u128::MAX)),
                "body" => json!({}),
                _ => json!("somebody else"),
            };
            facts.insert(fact.to_owned(), other);
            leaves[row] = of_body(leaves[row].index, canonical(facts));
        }
        Change::Column { row, column } => {
            let columns = leaves[row].columns.as_mut().unwrap();
            let which = [
                &mut columns.id,
                &mut columns.at,
                &mut columns.origin,
                &mut columns.act,
                &mut columns.actor,
                &mut columns.hash,
            ];
            which.into_iter().nth(column).unwrap().push('1');
        }
        Change::Delete { row, cover_up } => {
            leaves.remove(row);
            renumber = cover_up;
        }
        Change::Swap { row, other, cover_up } => {
            leaves.swap(row, other);
            renumber = cover_up;
        }
        Change::Insert { row, cover_up } => {
            let more = leaf(999, "intake.reopen", "operator-2", "everything", 5);
            leaves.insert(row, more);
            renumber = cover_up;
        }
        Change::Repeat { row, cover_up } => {
            leaves.insert(row, leaves[row].clone());
            renumber = cover_up;
        }
        Change::Index { row, to } => leaves[row].index = Some(to),
        Change::Truncate { keep } => leaves.truncate(keep),
    }
    if renumber {
        for (index, leaf) in (0..).zip(&mut leaves) {
            leaf.index = Some(index);
        }
    }
    leaves
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_change_behind_an_anchor_is_found(
        (size, change) in (1..40_usize).prop_flat_map(|size| (Just(size), change(size))),
        more in 0..5_u64,
    ) {
        let before = log(size as u64);
        let anchored = [anchor(&before)];
        // The log may have grown since.
        let grown = log(size as u64 + more);
        prop_assert_eq!(verify(&grown, &anchored), []);
        let mut changed = apply(before.clone(), &change);
        prop_assume!(changed != before);
        prop_assert!(!verify(&changed, &anchored).is_empty(), "{:?}", change);
        // Going on after the change hides nothing.
        for n in 0..more {
            let mut next = leaf(10_000 + n, "day.run", "operator-1", "2026-03-02", 9);
            next.index = Some(changed.len() as u64);
            changed.push(next);
        }
        prop_assert!(!verify(&changed, &anchored).is_empty(), "{:?}, and {} more", change, more);
    }

    /// In a file there is no column and no index that could give a change away.
    #[test]
    fn every_change_of_an_exported_log_is_found(
        (size, change) in (1..40_usize).prop_flat_map(|size| (Just(size), change(size))),
    ) {
        let bare = |leaves: &[Leaf]| -> Vec<Leaf> {
            (0..).zip(leaves).map(|(index, leaf)| Leaf {
                index: Some(index),
                body: leaf.body.clone(),
                columns: None,
            }).collect()
        };
        let before = log(size as u64);
        let changed = bare(&apply(before.clone(), &change));
        prop_assume!(changed != bare(&before));
        let anchored = [anchor(&before)];
        prop_assert_eq!(verify(&bare(&before), &anchored), []);
        prop_assert!(!verify(&changed, &anchored).is_empty(), "{:?}", change);
    }
}

fn kinds(findings: &[Finding]) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = findings.iter().map(|finding| finding.what).collect();
    kinds.dedup();
    kinds
}

#[test]
fn a_log_rewritten_from_the_beginning_contradicts_its_anchor_and_nothing_else_does() {
    let rewritten: Vec<Leaf> = (0..8)
        .map(|n| leaf(n, "intake.close", "somebody else", "everything", 1))
        .collect();
    assert_eq!(verify(&rewritten, &[]), []);
    assert_eq!(
        kinds(&verify(&rewritten, &[anchor(&log(5))])),
        ["contradicts-anchor"]
    );
    assert_eq!(kinds(&verify(&log(3), &[anchor(&log(5))])), ["truncated"]);
    assert_eq!(kinds(&verify(&[], &[anchor(&log(5))])), ["truncated"]);
}

#[test]
fn two_signed_histories_are_found_whichever_is_shown() {
    let one = log(5);
    let two: Vec<Leaf> = (0..5)
        .map(|n| leaf(n, "intake.close", "somebody else", "everything", 1))
        .collect();
    for shown in [&one, &two] {
        let found = kinds(&verify(shown, &[anchor(&one), anchor(&two)]));
        assert_eq!(found, ["split-view", "contradicts-anchor"]);
    }
}

#[test]
fn what_was_added_after_the_last_anchor_is_counted_as_unprotected() {
    let mut checker = Checker::new(FINANCING, &[anchor(&log(3)), anchor(&log(5))]);
    log(9).iter().for_each(|leaf| checker.leaf(leaf));
    let verified = checker.finish();
    assert_eq!((verified.leaves, verified.anchored), (9, 5));
}

#[test]
fn a_checkpoint_that_was_changed_or_signed_by_another_is_none() {
    let note = checkpoint(&log(5));
    assert!(key().open(&note).is_ok());
    for (from, to) in [("\n5\n", "\n4\n"), ("financing\n", "control\n"), ("\n\n", "\n")] {
        assert!(key().open(&note.replacen(from, to, 1)).is_err(), "{from}");
    }
    let other = Signer::new(FINANCING, &[8; 32]).unwrap();
    let other = Key::parse(&other.verifier().to_string()).unwrap();
    assert!(other.open(&note).is_err());
    assert!(Key::parse("backstop/financing+00000000+AAAA").is_err());
}
