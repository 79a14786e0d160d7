//! What a database lacks of a journal's facts.

use std::collections::{BTreeMap, BTreeSet};

use db::{Db, DbError};
use gate::{GateError, State};
use serde::Serialize;
use store::recovery as rows;

use crate::fact::{Fact, Move};

/// Moves of the gate in one look.
const MOVES_AT_ONCE: i64 = 500;
/// Facts that are looked for in one look.
const FACTS_AT_ONCE: usize = 500;

/// What a database lacks; nothing, if it is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Behind {
    /// That epochs were given out which it does not know.
    pub epochs: Option<Epochs>,
    /// Moves of the gate of which the database knows nothing.
    pub moves: Vec<Lost>,
    /// Consents that were revoked, and are live here.
    pub consents_live: BTreeSet<String>,
    /// Consents whose revocation was lost, and which were revoked here anew.
    pub consents_revoked: BTreeSet<String>,
    /// Consents that were revoked, and are not here at all: nobody can cite them.
    pub consents_unknown: BTreeSet<String>,
    /// Draws whose instruction left, and which are only requested here. It leaves again under the same reference, at
    /// which core banking pays once.
    pub draws_requested: BTreeSet<String>,
    /// Draws whose instruction left, and which are not here at all: core banking knows whether it paid.
    pub draws_unknown: BTreeSet<String>,
}

/// The newest epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Epochs {
    /// That the database knows.
    pub database: i64,
    /// That was given out.
    pub journal: i64,
}

/// A move of the gate that a database does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// Which new business.
    pub scope: String,
    /// The epoch that was told of it.
    pub epoch: i64,
    /// Where it led to. A reopening is not repeated: it takes two persons.
    pub state: State,
    /// Whether it is the scope's last; what came before it is over.
    pub last: bool,
    /// Whether the scope is closed here. One that is only `closing`, as its closer was killed, is not: whoever closes
    /// it again finishes that.
    pub closed: bool,
}

impl Behind {
    /// Whether the database lacks nothing.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// The facts with which whoever reconciles has dealt, as they are remembered.
    #[must_use]
    pub fn facts(&self) -> Vec<String> {
        let sets = [
            &self.consents_live,
            &self.consents_revoked,
            &self.consents_unknown,
            &self.draws_requested,
            &self.draws_unknown,
        ];
        let moves = self.moves.iter().map(Lost::key);
        moves.chain(sets.into_iter().flatten().cloned()).collect()
    }

    /// By how much, in one line without names.
    #[must_use]
    pub fn summary(&self) -> String {
        let epochs = self.epochs.map_or_else(String::new, |epochs| {
            format!(
                "at epoch {} where {} was given out, ",
                epochs.database, epochs.journal
            )
        });
        format!(
            "the database is an earlier one: {epochs}without {} moves of the gate, {} revocations of consents, {} draws that left",
            self.moves.len(),
            self.consents_live.len() + self.consents_revoked.len() + self.consents_unknown.len(),
            self.draws_requested.len() + self.draws_unknown.len()
        )
    }

    /// Closings to be given again: of what is not closed here.
    pub fn to_close(&self) -> impl Iterator<Item = &Lost> {
        let open = |lost: &&Lost| lost.last && lost.state != State::Open && !lost.closed;
        self.moves.iter().filter(open)
    }

    fn forget(&mut self, settled: &str) {
        self.moves.retain(|lost| lost.key() != settled);
        for set in [
            &mut self.consents_live,
            &mut self.consents_revoked,
            &mut self.consents_unknown,
            &mut self.draws_requested,
            &mut self.draws_unknown,
        ] {
            set.remove(settled);
        }
    }
}

impl Lost {
    fn key(&self) -> String {
        format!("{}@{}", self.scope, self.epoch)
    }
}

/// A comparison under way: facts are added in any order, in any number of pieces.
#[derive(Debug, Default)]
pub struct Comparison {
    behind: Behind,
    /// The newest epoch that was given out.
    epoch: i64,
    /// The last move of each scope.
    moves: BTreeMap<String, Move>,
    /// The moves before, if they are to be told, too.
    earlier: Option<Vec<Move>>,
}

impl Comparison {
    /// A comparison with a database that must know at least this epoch.
    #[must_use]
    pub fn with(epoch: i64) -> Self {
        Self {
            epoch,
            ..Self::default()
        }
    }

    /// One that tells every move which was lost, and not only the last of each scope.
    #[must_use]
    pub fn thorough() -> Self {
        Self {
            earlier: Some(Vec::new()),
            ..Self::default()
        }
    }

    /// Compares some facts; a thousand at once are a few milliseconds.
    ///
    /// # Errors
    /// The database can't be asked.
    pub async fn add(&mut self, db: &Db, facts: &[Fact]) -> Result<(), DbError> {
        let (mut revoked, mut sent) = (Vec::new(), Vec::new());
        for fact in facts {
            match fact {
                Fact::Moved(moved) => self.moved(moved),
                Fact::Revoked(fact) => revoked.push((fact.revoked.to_string(), fact.at)),
                Fact::Sent(fact) => sent.push(fact.sent.to_string()),
            }
        }
        let consents: Vec<String> = revoked.iter().map(|(id, _)| id.clone()).collect();
        let draws = sent.clone();
        let (consents, draws) = db
            .read::<_, DbError, _>(move |tx| {
                Box::pin(async move {
                    let consents: Vec<&str> = consents.iter().map(String::as_str).collect();
                    let draws: Vec<&str> = draws.iter().map(String::as_str).collect();
                    Ok((
                        rows::consents(tx, &consents).await?,
                        rows::draws(tx, &draws).await?,
                    ))
                })
            })
            .await?;
        let consents: BTreeMap<String, Option<i64>> = consents.into_iter().collect();
        for (id, at) in revoked {
            match consents.get(&id) {
                Some(Some(here)) if *here == at => continue,
                Some(Some(_)) => self.behind.consents_revoked.insert(id),
                Some(None) => self.behind.consents_live.insert(id),
                None => self.behind.consents_unknown.insert(id),
            };
        }
        let draws: BTreeMap<String, String> = draws.into_iter().collect();
        for id in sent {
            match draws.get(&id).map(String::as_str) {
                Some("requested") => self.behind.draws_requested.insert(id),
                Some(_) => continue,
                None => self.behind.draws_unknown.insert(id),
            };
        }
        Ok(())
    }

    fn moved(&mut self, moved: &Move) {
        self.epoch = self.epoch.max(moved.epoch);
        let newest = self.moves.get(&moved.scope);
        let over = if newest.is_none_or(|newest| (newest.epoch, newest.at) <= (moved.epoch, moved.at)) {
            self.moves.insert(moved.scope.clone(), moved.clone())
        } else {
            Some(moved.clone())
        };
        // Nobody is told of a step on the way.
        let told = over.filter(|over| matches!(over.state, State::Closed | State::Open));
        if let (Some(earlier), Some(told)) = (&mut self.earlier, told) {
            earlier.push(told);
        }
    }

    /// The newest epoch that was given out.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// What the database lacks, without what was dealt with.
    ///
    /// # Errors
    /// The database can't be asked.
    pub async fn end(self, db: &Db) -> Result<Behind, GateError> {
        let mut behind = self.behind;
        let scopes = gate::scopes(db).await?;
        let database = scopes.iter().map(|one| one.epoch).max().unwrap_or(0);
        if database < self.epoch {
            behind.epochs = Some(Epochs {
                database,
                journal: self.epoch,
            });
        }
        let row = |moved: &Move| scopes.iter().find(|one| one.scope.to_string() == moved.scope);
        let last = self.moves.clone();
        let moves = self.moves.into_values().chain(self.earlier.unwrap_or_default());
        let unsure = moves.filter(|moved| {
            // What the row itself says needs no look into the history.
            let stands = |row: &gate::Status| (row.epoch, row.state, row.changed_at);
            row(moved).map(stands) != Some((moved.epoch, moved.state, moved.at))
        });
        for moved in unknown(db, unsure.collect()).await? {
            behind.moves.push(Lost {
                last: last.get(&moved.scope) == Some(&moved),
                closed: row(&moved).is_some_and(|row| row.state == State::Closed),
                scope: moved.scope,
                epoch: moved.epoch,
                state: moved.state,
            });
        }
        let facts = behind.facts();
        for some in facts.chunks(FACTS_AT_ONCE) {
            for settled in settled(db, some.to_vec()).await? {
                behind.forget(&settled);
            }
        }
        Ok(behind)
    }
}

/// Those of the moves that are not in the gate's history.
async fn unknown(db: &Db, mut moves: Vec<Move>) -> Result<Vec<Move>, GateError> {
    let mut number = 0;
    while !moves.is_empty() {
        let page = gate::moves_after(db, number, MOVES_AT_ONCE).await?;
        let Some(last) = page.last() else {
            break;
        };
        number = last.number;
        moves.retain(|moved| {
            !page.iter().any(|known| {
                (known.epoch, known.at, known.state) == (moved.epoch, moved.at, moved.state)
                    && known.scope.to_string() == moved.scope
            })
        });
    }
    Ok(moves)
}

async fn settled(db: &Db, facts: Vec<String>) -> Result<Vec<String>, DbError> {
    db.read(move |tx| {
        Box::pin(async move {
            let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
            rows::settled(tx, &facts).await
        })
    })
    .await
}
