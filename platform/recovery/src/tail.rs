//! Following the database: which facts are not in the journal yet.
//!
//! Revocations and draws are found by their time, which a transaction takes before it commits: so each look begins
//! a little before the newest that was seen, and passes over what it knows. The gate's history is numbered under
//! a lock, and only looks back because a restored database gives its numbers out again.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use db::{Db, DbError};
use domain::ids::{ConsentId, DrawId};
use gate::Moved;
use store::recovery::{self as rows, Place};

use crate::fact::{Fact, Move, Revoked, Sent};

/// Rows in one look, and in one sync of the journal: some 50 KB.
pub(crate) const AT_ONCE: i64 = 500;
/// A look that comes after 200 ms looks back so far, in microseconds: a commit takes milliseconds.
const SHORT: i64 = 2_000_000;
/// Sometimes so far: a request waits 25 s at most, and clocks of two machines may differ by seconds.
const LONG: i64 = 120_000_000;
/// How often that is.
const SOMETIMES: Duration = Duration::from_secs(5);
/// Moves of the gate that are looked at again.
const MOVES_AGAIN: i64 = 64;
/// Beyond so many, what is known is rid of what is too old to be met again.
const KNOWN: usize = 20_000;

/// What a row is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Consents,
    Draws,
}

/// How far the journal has come.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    number: i64,
    moves: HashSet<Move>,
    consents: Known,
    draws: Known,
    looked_back: Option<Instant>,
}

#[derive(Debug, Default)]
struct Known {
    newest: i64,
    ids: HashMap<String, i64>,
    /// How many were left when it was last rid of some.
    left: usize,
}

impl Known {
    fn add(&mut self, id: &str, at: i64) {
        self.newest = self.newest.max(at);
        self.keep(id, at);
    }

    fn keep(&mut self, id: &str, at: i64) {
        self.ids.insert(id.to_owned(), at);
        if self.ids.len() > KNOWN.max(2 * self.left) {
            let oldest = self.newest.saturating_sub(2 * LONG);
            self.ids.retain(|_, at| *at >= oldest);
            self.left = self.ids.len();
        }
    }
}

impl Tail {
    /// A fact is in the journal.
    pub(crate) fn add(&mut self, fact: &Fact) {
        match fact {
            Fact::Moved(moved) => {
                self.moves.insert(moved.clone());
            }
            Fact::Revoked(fact) => self.consents.add(fact.revoked.as_str(), fact.at),
            Fact::Sent(fact) => self.draws.add(fact.sent.as_str(), fact.at),
        }
    }

    /// A fact was put into the journal by whoever brought it about. It does not move the place from which is looked:
    /// what others did before may not have been seen yet.
    pub(crate) fn kept(&mut self, fact: &Fact) {
        match fact {
            Fact::Moved(_) => self.add(fact),
            Fact::Revoked(fact) => self.consents.keep(fact.revoked.as_str(), fact.at),
            Fact::Sent(fact) => self.draws.keep(fact.sent.as_str(), fact.at),
        }
    }

    /// Whether a fact is known to be in the journal.
    pub(crate) fn knows(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Moved(moved) => self.moves.contains(moved),
            Fact::Revoked(fact) => self.consents.ids.contains_key(fact.revoked.as_str()),
            Fact::Sent(fact) => self.draws.ids.contains_key(fact.sent.as_str()),
        }
    }

    /// After which number to look for moves of the gate.
    pub(crate) fn moves_from(&self) -> i64 {
        self.number.saturating_sub(MOVES_AGAIN).max(0)
    }

    /// Those of a page of moves that are not in the journal.
    pub(crate) fn new_moves(&self, page: &[Moved]) -> Vec<Fact> {
        let moves = page.iter().map(|one| Move {
            epoch: one.epoch,
            scope: one.scope.to_string(),
            state: one.state,
            at: one.at,
        });
        let new = moves.filter(|moved| !self.moves.contains(moved));
        new.map(Fact::Moved).collect()
    }

    /// A page of moves is in the journal. Where it ends before the last one did, the database has fewer than before,
    /// and the next look begins from there.
    pub(crate) fn moved_on(&mut self, page: &[Moved]) {
        self.number = page.last().map_or(0, |last| last.number);
    }

    /// Where a pass begins. A clock that was ahead for a while must not hide what comes after.
    pub(crate) fn begin(&mut self, now: i64) -> [(Kind, Place); 2] {
        let far = self.looked_back.is_none_or(|at| at.elapsed() >= SOMETIMES);
        if far {
            self.looked_back = Some(Instant::now());
        }
        let back = if far { LONG } else { SHORT };
        let from = |known: &Known| (known.newest.min(now).saturating_sub(back), String::new());
        [
            (Kind::Consents, from(&self.consents)),
            (Kind::Draws, from(&self.draws)),
        ]
    }

    /// A pass failed: the next one looks back as far as this one should have.
    pub(crate) fn failed(&mut self) {
        self.looked_back = None;
    }

    /// Those of a page that are not in the journal.
    pub(crate) fn new_of(&self, kind: Kind, page: Vec<Place>) -> Vec<Fact> {
        let known = match kind {
            Kind::Consents => &self.consents,
            Kind::Draws => &self.draws,
        };
        let new = page.into_iter().filter(|(_, id)| !known.ids.contains_key(id));
        new.filter_map(|place| fact(kind, place)).collect()
    }
}

/// A page of rows after a place, and where the next one begins.
pub(crate) async fn page(db: &Db, kind: Kind, place: Place) -> Result<(Vec<Place>, Option<Place>), DbError> {
    let read = db.read(move |tx| {
        Box::pin(async move {
            match kind {
                Kind::Consents => rows::revoked_after(tx, &place, AT_ONCE).await,
                Kind::Draws => rows::sent_after(tx, &place, AT_ONCE).await,
            }
        })
    });
    let page: Vec<Place> = read.await?;
    let next = is_full(&page).then(|| page.last().cloned()).flatten();
    Ok((page, next))
}

/// Whether there may be more after a page.
pub(crate) fn is_full<T>(page: &[T]) -> bool {
    page.len() as i64 >= AT_ONCE
}

/// Ids are the service's own, so an id that is none was written by hand, and is nobody's.
fn fact(kind: Kind, (at, id): Place) -> Option<Fact> {
    match kind {
        Kind::Consents => {
            let revoked: ConsentId = id.parse().ok()?;
            Some(Fact::Revoked(Revoked { revoked, at }))
        }
        Kind::Draws => {
            let sent: DrawId = id.parse().ok()?;
            Some(Fact::Sent(Sent { sent, at }))
        }
    }
}
