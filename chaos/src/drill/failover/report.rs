//! What a drill gives. Times are in milliseconds.

use std::time::Duration;

use base::exit;
use serde::Serialize;

use crate::drill::failover::plan::Mode;

/// How a drill ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing that was acknowledged is lost, and it was fast enough.
    Held,
    /// Something acknowledged is lost, or it took longer than allowed.
    Broken,
    /// The drill proves nothing: nobody wrote before or after, or a partition from which nothing was lost.
    NotTouched,
    /// A part of the drill did not do what it had to: the fence did not hold, what was found lost is not what the old
    /// primary has beyond the new one, or the old primary did not come back equal.
    Failed,
}

impl Verdict {
    /// Its exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Held => exit::OK,
            Self::Broken => exit::LAW_BROKEN,
            Self::NotTouched => exit::NOT_TOUCHED,
            Self::Failed => exit::FAILED,
        }
    }
}

/// From the kill to the first acknowledged write, and its parts, which follow each other.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Rto {
    /// From the kill until the probe found it.
    pub detect: f64,
    /// Clients cut off, data marked.
    pub fence: f64,
    /// Until the standby takes writes.
    pub promote: f64,
    /// The address led to it.
    pub switch: f64,
    /// Until a client's write is acknowledged.
    pub first_write: f64,
    /// All of it.
    pub total: f64,
}

/// What clients know.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Writes {
    /// Acknowledged to clients.
    pub acknowledged: usize,
    /// Of those, by the primary that was lost.
    pub by_old_primary: usize,
    /// And by its successor.
    pub by_new_primary: usize,
    /// Sent, outcome unknown.
    pub ambiguous: usize,
    /// Of those, found on the new primary.
    pub ambiguous_found: usize,
    /// Refused by a server.
    pub refused: usize,
}

/// What was lost.
#[derive(Debug, Clone, Serialize)]
pub struct Rpo {
    /// How many acknowledged writes the new primary does not have.
    pub lost: usize,
    /// Which.
    pub lost_ids: Vec<i64>,
    /// The same, seen from the old primary.
    pub truth: Truth,
}

/// What the old primary, read behind its fence, has and the new one has not.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Truth {
    /// All such writes, also those that were never acknowledged.
    pub only_on_old: usize,
    /// The acknowledged ones.
    pub acknowledged_only_on_old: usize,
    /// Whether these are the lost ones, id by id.
    pub agrees: bool,
}

/// What the old primary did when it was started behind its fence.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Fenced {
    /// It came up in recovery.
    pub in_recovery: bool,
    /// It refused a write.
    pub refuses_writes: bool,
}

/// The old primary's way back.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Rejoin {
    /// Slot, checkpoint and `pg_rewind`.
    pub rewind: f64,
    /// Until it streams from the new primary.
    pub stream: f64,
    /// Until every commit waits for it.
    pub synchronous: f64,
    /// It has the same ids as the new primary.
    pub equal: bool,
    /// Rows that it had beyond the new primary are gone from it.
    pub forgets: bool,
}

/// What a drill gives.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Always `failover`.
    pub drill: &'static str,
    /// How the standby stood to the primary.
    pub mode: Mode,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, if it did not hold; in English.
    pub why: Vec<String>,
    /// Recovery time.
    pub rto_ms: Rto,
    /// The longest that it may take, if it is judged.
    pub within_ms: Option<f64>,
    /// What clients know.
    pub writes: Writes,
    /// Recovery point.
    pub rpo: Rpo,
    /// The fence.
    pub fenced: Fenced,
    /// The old primary's way back.
    pub rejoin_ms: Rejoin,
}

impl Report {
    /// Judges it: fills in verdict and why.
    #[must_use]
    pub fn judged(self) -> Self {
        let mut failed = Vec::new();
        let mut note = |holds: bool, why: &str| {
            if !holds {
                failed.push(why.to_owned());
            }
        };
        note(
            self.rpo.truth.agrees,
            "what was found lost is not what the old primary has beyond the new one",
        );
        note(
            self.fenced.in_recovery && self.fenced.refuses_writes,
            "the fenced old primary would have taken writes",
        );
        note(
            self.rejoin_ms.equal && self.rejoin_ms.forgets,
            "the old primary came back with other rows than the new one",
        );
        let mut broken = Vec::new();
        if self.rpo.lost > 0 {
            broken.push(format!("{} acknowledged writes are lost", self.rpo.lost));
        }
        if self.within_ms.is_some_and(|most| self.rto_ms.total > most) {
            broken.push("the first write came later than allowed".to_owned());
        }
        let mut untouched = Vec::new();
        if self.writes.by_old_primary == 0 || self.writes.by_new_primary == 0 {
            untouched.push("nobody wrote before the loss, or after it".to_owned());
        }
        if self.mode == Mode::AsyncPartition && self.rpo.lost == 0 {
            untouched.push("the partition cost nothing, so that it shows nothing".to_owned());
        }
        let (verdict, why) = [
            (Verdict::Failed, failed),
            (Verdict::Broken, broken),
            (Verdict::NotTouched, untouched),
        ]
        .into_iter()
        .find(|(_, why)| !why.is_empty())
        .unwrap_or((Verdict::Held, Vec::new()));
        Self { verdict, why, ..self }
    }
}

/// Milliseconds with their fraction.
#[must_use]
pub fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}
