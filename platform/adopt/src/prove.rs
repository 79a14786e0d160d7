//! The late-commit checker on a schema of theirs.
//!
//! Clients hold transactions open around a binding insert while the gate is closed and reopened. With the insert each
//! writes its id into a table of the gate's, in the same transaction, so that whether it committed can be seen
//! without knowing their tables. Late is, by the exact definition, what a fresh snapshot after the acknowledgement
//! does not have and a fresh snapshot before the reopening has.

use std::collections::BTreeSet;
use std::time::Duration;

use base::clock::Clock;
use db::{Db, Options};
use gate::{Closing, Order};
use serde::Serialize;
use tokio::time::sleep;

use crate::load::Load;
use crate::rehearsed::{REASON, reopen};
use crate::statement::Statement;
use crate::{AdoptError, address, copy};

/// What is to be proved with.
#[derive(Debug, Clone)]
pub struct Proof {
    /// One statement that makes a binding insert, with `{id}` or `{n}` for its key.
    pub statement: String,
    /// One that takes it back when all is over; without it the rows stay.
    pub undo: Option<String>,
    /// Clients, 1–100.
    pub clients: usize,
    /// How often to close and reopen, 1–1,000.
    pub closes: usize,
    /// How long a client holds its transaction before, and again after, its insert: this long at most, 10 s at most.
    pub hold: Duration,
    /// Who orders it.
    pub actor: String,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Proved {
    /// Transactions that were tried.
    pub attempts: u64,
    /// Those that committed.
    pub committed: u64,
    /// Those that the gate refused.
    pub refused: u64,
    /// Those that failed otherwise: ended by a closing, or a mistake in the statement.
    pub failed: u64,
    /// The first such failure.
    pub failure: Option<String>,
    /// How often it was closed.
    pub closes: usize,
    /// What committed although it was closed, by id.
    pub late: Vec<String>,
    /// Half of the closings took no longer, in milliseconds.
    pub p50_ms: u64,
    /// 99 of 100 took no longer.
    pub p99_ms: u64,
    /// Sessions that did not finish within the grace, and were ended.
    pub terminated: usize,
    /// Rows of the proof that are left.
    pub left: u64,
}

impl Proved {
    /// Whether there was enough going on for "nothing was late" to mean anything: in each round some committed, and
    /// some were refused.
    #[must_use]
    pub fn is_telling(&self) -> bool {
        let closes = u64::try_from(self.closes).unwrap_or(u64::MAX);
        closes > 0 && self.committed >= closes.saturating_mul(2) && self.refused >= closes
    }
}

/// Closes and reopens under load. For a test copy: the gate is shut again and again, and rows are written.
///
/// # Errors
/// [`AdoptError::Refused`] where nothing is installed, or intake is not open; the database's refusal.
pub async fn prove(url: &str, proof: &Proof, clock: &Clock) -> Result<Proved, AdoptError> {
    let statement = Statement::parse(&proof.statement).map_err(AdoptError::Description)?;
    let undo = proof.undo.as_deref().map(Statement::parse).transpose();
    let undo = undo.map_err(|why| AdoptError::Description(format!("undo: {why}")))?;
    let options = |writers| Options {
        readers: 1,
        writers,
        budget: Duration::from_secs(5),
        wait: Duration::from_secs(15),
        ..Options::default()
    };
    let gate = Db::open(&address(url)?, options(2)).await?;
    // Their search path, as their application has it.
    let theirs = Db::open(url, options(proof.clients)).await?;
    let outcome = proved(&gate, &theirs, (statement, undo), proof, clock).await;
    theirs.close().await;
    gate.close().await;
    outcome
}

async fn proved(
    gate: &Db,
    theirs: &Db,
    (statement, undo): (Statement, Option<Statement>),
    proof: &Proof,
    clock: &Clock,
) -> Result<Proved, AdoptError> {
    copy::begin(gate).await?;
    let done = async {
        copy::finish(gate, || order(proof, clock)).await?;
        let load = Load::start(theirs, statement, proof, clock);
        let rounds = rounds(gate, proof, clock).await;
        let told = load.stop().await;
        Ok::<_, AdoptError>((rounds?, told))
    };
    let done = done.await;
    copy::end(gate).await?;
    let (rounds, told) = done?;
    let left = copy::clear(gate, theirs, undo).await?;
    let (p50_ms, p99_ms) = (share(&rounds.took, 50), share(&rounds.took, 99));
    Ok(Proved {
        attempts: told.committed + told.refused + told.failed,
        committed: told.committed,
        refused: told.refused,
        failed: told.failed,
        failure: told.failure,
        closes: rounds.took.len(),
        late: rounds.late.into_iter().collect(),
        p50_ms,
        p99_ms,
        terminated: rounds.terminated,
        left,
    })
}

#[derive(Default)]
struct Rounds {
    late: BTreeSet<String>,
    took: Vec<Duration>,
    terminated: usize,
}

async fn rounds(gate: &Db, proof: &Proof, clock: &Clock) -> Result<Rounds, AdoptError> {
    let mut rounds = Rounds::default();
    // Each client is somewhere in its transaction by then.
    let apart = proof.hold + Duration::from_millis(150);
    for _ in 0..proof.closes {
        sleep(apart).await;
        let closed = gate::close(gate, order(proof, clock), Closing::everything()).await?;
        if !closed.changed {
            let why = "somebody else closed intake, which stays shut: this is no copy that nobody works on";
            return Err(AdoptError::Refused(why.to_owned()));
        }
        let after = ids(gate).await;
        // Longer than a client holds in all: whoever got through has committed.
        sleep(proof.hold * 2 + Duration::from_millis(250)).await;
        let before = ids(gate).await;
        // Opened whatever was seen: nothing is left shut by a proof that fails.
        reopen(gate, &order(proof, clock), closed.epoch).await?;
        rounds.late.extend(before?.difference(&after?).cloned());
        rounds.took.push(closed.took);
        rounds.terminated += closed.terminated.len();
    }
    Ok(rounds)
}

fn order(proof: &Proof, clock: &Clock) -> Order {
    Order {
        actor: proof.actor.clone(),
        reason: REASON.to_owned(),
        incident: None,
        at: clock.now_micros(),
        grace: (proof.hold * 2 + Order::GRACE).min(Order::LONGEST_GRACE),
    }
}

/// The ids in a fresh snapshot.
async fn ids(gate: &Db) -> Result<BTreeSet<String>, AdoptError> {
    gate.read(|tx| {
        Box::pin(async move {
            let mut ids = BTreeSet::new();
            for row in tx.many("SELECT id FROM intake_proof", &[]).await? {
                ids.insert(row.text(0)?.to_owned());
            }
            Ok(ids)
        })
    })
    .await
}

/// How long so many of a hundred took at most, in milliseconds.
fn share(took: &[Duration], percent: usize) -> u64 {
    let mut took = took.to_vec();
    took.sort();
    let at = (took.len() * percent).div_ceil(100).saturating_sub(1);
    took.get(at)
        .map_or(0, |took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_nearest_rank() {
        let took: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!((share(&took, 50), share(&took, 99)), (100, 198));
        assert_eq!((share(&took[..1], 50), share(&[], 99)), (1, 0));
    }
}
