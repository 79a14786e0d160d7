//! Goes through one log in order, and holds it against its anchors.

use std::collections::HashSet;

use super::{Anchor, Hash, Leaf, hash};
use crate::verdict::Tally;

/// One log under verification: leaves go in by their index, then it is judged.
#[derive(Debug)]
pub struct Checker {
    origin: String,
    /// By size, smallest first.
    anchors: Vec<Anchor>,
    /// Anchors that the tree has passed.
    passed: usize,
    anchored: u64,
    next: u64,
    tree: hash::Forest,
    ids: HashSet<u128>,
    tally: Tally,
}

/// What was found out about a log.
#[derive(Debug)]
pub struct Verified {
    /// Its name.
    pub origin: String,
    /// Leaves that have an index.
    pub leaves: u64,
    /// How many of them, from the first, are what a checkpoint says: the rest
    /// could have been rewritten by whoever holds the database.
    pub anchored: u64,
    /// The root over all of them.
    pub root: Hash,
    /// What is against the log.
    pub tally: Tally,
}

impl Checker {
    /// For a log of this name; anchors of other logs are passed over.
    #[must_use]
    pub fn new(origin: &str, anchors: &[Anchor]) -> Self {
        let mut anchors: Vec<Anchor> = anchors
            .iter()
            .filter(|anchor| anchor.origin == origin)
            .cloned()
            .collect();
        anchors.sort_by_key(|anchor| anchor.head.size);
        let mut checker = Self {
            origin: origin.to_owned(),
            anchors,
            passed: 0,
            anchored: 0,
            next: 0,
            tree: hash::Forest::default(),
            ids: HashSet::new(),
            tally: Tally::default(),
        };
        checker.split_views();
        checker.compare();
        checker
    }

    /// Two signed trees of one size that differ: whoever holds the key showed two histories.
    fn split_views(&mut self) {
        for pair in self.anchors.windows(2) {
            let [one, two] = pair else { continue };
            if one.head.size == two.head.size && one.head.root != two.head.root {
                let detail = format!("{} and {} state different trees", one.found, two.found);
                self.tally
                    .against("split-view", format!("{} leaves", one.head.size), detail);
            }
        }
    }

    /// The next leaf.
    pub fn leaf(&mut self, leaf: &Leaf) {
        let subject = leaf
            .index
            .map_or_else(|| "waiting".to_owned(), |index| index.to_string());
        if leaf.index != Some(self.next) {
            let detail = format!("the next index is {}", self.next);
            self.tally.against("index-out-of-order", subject.as_str(), detail);
        }
        self.next = leaf.index.unwrap_or(self.next) + 1;
        let hash = self.body(leaf, &subject);
        self.tree.add(hash);
        self.compare();
    }

    /// A leaf that waits for its index: it is checked by itself, and in no tree.
    pub fn waiting(&mut self, leaf: &Leaf) {
        let subject = leaf
            .columns
            .as_ref()
            .map_or("waiting", |columns| columns.id.as_str());
        self.body(leaf, subject);
    }

    /// Body, columns and hash agree, and the id is its own.
    fn body(&mut self, leaf: &Leaf, subject: &str) -> Hash {
        self.tally.checked(1);
        let hash = hash::leaf(leaf.body.as_bytes());
        let Some(facts) = leaf.facts() else {
            self.tally
                .against("body-malformed", subject, "it is no leaf's body");
            return hash;
        };
        if facts.origin != self.origin {
            let detail = format!("it was left in the log {}", facts.origin);
            self.tally.against("origin-differs", subject, detail);
        }
        if let Some(columns) = &leaf.columns {
            if let Some(column) = columns.differs(&facts) {
                let detail = format!("the column {column} says something else than the body");
                self.tally.against("column-differs", subject, detail);
            }
            if !same(&columns.hash, &hash) {
                self.tally
                    .against("hash-differs", subject, "the body is not the one that was hashed");
            }
        }
        let id = facts
            .id
            .strip_prefix("lef_")
            .and_then(|hex| u128::from_str_radix(hex, 16).ok());
        match id {
            Some(id) if self.ids.insert(id) => {}
            Some(_) => self
                .tally
                .against("leaf-twice", subject, "another leaf has the same id"),
            None => self
                .tally
                .against("body-malformed", subject, "its id is no leaf's"),
        }
        hash
    }

    /// Holds the tree against the anchors of its present size.
    fn compare(&mut self) {
        let size = self.next;
        let mut root = None;
        while let Some(anchor) = self.anchors.get(self.passed)
            && anchor.head.size <= size
        {
            self.passed += 1;
            self.tally.checked(1);
            let root = root.get_or_insert_with(|| self.tree.root());
            if anchor.head.size == size && anchor.head.root == *root {
                self.anchored = size;
            } else {
                let subject = format!("the first {} leaves", anchor.head.size);
                let detail = format!("they are not those that were anchored in {}", anchor.found);
                self.tally.against("contradicts-anchor", subject, detail);
            }
        }
    }

    /// Adds what the caller has against the log.
    pub fn against(&mut self, what: &'static str, subject: impl Into<String>, detail: impl Into<String>) {
        self.tally.against(what, subject, detail);
    }

    /// Judges, once all leaves are in.
    #[must_use]
    pub fn finish(mut self) -> Verified {
        for anchor in &self.anchors[self.passed..] {
            let (size, found) = (anchor.head.size, &anchor.found);
            let detail = format!("{size} leaves were anchored in {found}");
            self.tally
                .against("truncated", format!("{} leaves", self.next), detail);
        }
        Verified {
            origin: self.origin,
            leaves: self.next,
            anchored: self.anchored,
            root: self.tree.root(),
            tally: self.tally,
        }
    }
}

fn same(hex: &str, hash: &Hash) -> bool {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    hex.len() == 64
        && hex.as_bytes().chunks(2).zip(hash).all(|(pair, byte)| {
            let value = digit(pair[0])
                .zip(digit(pair[1]))
                .map(|(high, low)| high * 16 + low);
            value == Some(u32::from(*byte))
        })
}
