//! Gives the leaves of one log their indexes, one process at a time, and signs
//! what is durable.
//!
//! `takeover` makes this process the one that may (a new term fences the one
//! before) and refuses if the log contradicts what was anchored; `batch` numbers
//! some leaves in one transaction; `sign` makes a checkpoint of what has
//! committed; `duty` decides when to do which, and [`seen`] tells others.

mod batch;
mod duty;
mod error;
pub mod seen;
mod sign;
mod takeover;

use base::clock::Clock;
use db::{Db, Dialect};

pub use error::SequenceError;
pub use seen::{Duty, Seen};

use crate::anchor_file::AnchorFile;
use crate::checkpoint::Signer;
use crate::proof::Head;
use crate::tree::Edge;

/// Leaves in one transaction. SQLite: what the writer does in less than 5 ms, so that
/// nobody waits longer behind it. PostgreSQL: more, as each costs three round trips.
const fn batch_of(dialect: Dialect) -> i64 {
    match dialect {
        Dialect::Sqlite => 500,
        Dialect::Postgres => 4000,
    }
}

/// What one log's sequencer works with.
pub struct Sequencer {
    db: Db,
    signer: Signer,
    anchors: Option<AnchorFile>,
    clock: Clock,
    holding: Option<Holding>,
    /// The last head that this process signed, or found anchored.
    signed: Option<Head>,
    /// A checkpoint that is anchored and that the database did not take yet.
    unkept: Option<Unkept>,
}

/// A signed head, its note, and when it was signed.
#[derive(Clone)]
struct Unkept {
    head: Head,
    note: String,
    at: i64,
}

/// This process numbers the leaves, until somebody else takes a later term.
struct Holding {
    term: i64,
    edge: Edge,
}

impl Sequencer {
    /// The sequencer of the log that the signer's key belongs to. It does nothing
    /// until it [takes over](Self::take_over) or [runs](Self::run).
    #[must_use]
    pub fn new(db: Db, signer: Signer, anchors: Option<AnchorFile>, clock: Clock) -> Self {
        Self {
            db,
            signer,
            anchors,
            clock,
            holding: None,
            signed: None,
            unkept: None,
        }
    }

    /// The name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.signer.verifier().name()
    }

    /// The tree as far as it has indexes, while this process holds the log.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        self.holding.as_ref().map(|holding| Head {
            size: holding.edge.size(),
            root: holding.edge.root(),
        })
    }
}
