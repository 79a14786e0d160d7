//! One line of the journal: the outcome of a request, or a mark.

use serde::Serialize;

use crate::closed::Scope;

/// How a request ended, as its client saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A 2xx answer arrived: the service promised that it is done.
    Acked,
    /// The service said no (4xx, or 503 `intake-closed`): nothing changed.
    Refused,
    /// It failed before it could have done anything: no connection, or a 5xx that says so.
    Failed,
    /// The client can't know: the connection broke after sending, a timeout, or `ambiguous`.
    Ambiguous,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: &[Self] = &[Self::Acked, Self::Refused, Self::Failed, Self::Ambiguous];

    /// The word in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acked => "acked",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Ambiguous => "ambiguous",
        }
    }
}

/// What a request is to the intake gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// New business (增量): refused while intake is closed. A request for more time (续贷, 展期) is it as well, with
    /// its act in [`Record::scope`]: refused while a closing names it.
    Intake,
    /// A write of existing business (存量): goes on while intake is closed.
    Existing,
    /// Changes nothing.
    Read,
}

impl Kind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Intake, Self::Existing, Self::Read];

    /// The word in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Existing => "existing",
            Self::Read => "read",
        }
    }
}

/// The outcome of one request. Every field is on the line; absent values are `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Position among the records of one journal, from 1 without gaps; [`super::Writer`] sets it.
    pub seq: u64,
    /// When the outcome was known, microseconds since the Unix epoch.
    pub at: i64,
    /// The `Idempotency-Key`, 1–64 visible ASCII characters; empty for a read.
    pub key: String,
    /// HTTP method in capitals.
    pub method: String,
    /// The path, without host and query; ids only, no customer data.
    pub path: String,
    /// Hex SHA-256 over key, zero byte and body; empty for a read.
    pub body_digest: String,
    /// How it ended.
    pub outcome: Outcome,
    /// HTTP status, where an answer arrived.
    pub status: Option<u16>,
    /// `id` of the answer; for an end of day its business date.
    pub answer_id: Option<String>,
    /// `state` of the answer, where it has one.
    pub state: Option<String>,
    /// The answer's amount in fen: `amount`, or a contract's `limit`.
    pub amount: Option<i64>,
    /// `live`, or `shadow:` and the run.
    pub lane: String,
    /// What it is to the intake gate.
    pub kind: Kind,
    /// Of intake: which it is, as narrowly as its client knows. Only where it is known is it on the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
}

impl Record {
    /// Whether this is a write that a client saw succeed: a promise to be kept.
    #[must_use]
    pub fn is_acked_write(&self) -> bool {
        self.outcome == Outcome::Acked && self.kind != Kind::Read
    }
}

/// Something that happened to the system while the clients worked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// One of [`MARKS`], or `phase:` and a name.
    pub mark: String,
    /// When, microseconds since the Unix epoch. `closed` is after the close was
    /// acknowledged, `reopen` before the reopen was asked for.
    pub at: i64,
    /// The intake gate's epoch, for `closed` and `reopen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<i64>,
    /// Which new business, for `closed` and `reopen`; without it, everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
}

impl Mark {
    /// Which new business it is about.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope.clone().unwrap_or_default()
    }
}

/// The mark after the acknowledgement of a close.
pub const CLOSED: &str = "closed";
/// The mark before the request to reopen.
pub const REOPEN: &str = "reopen";
/// The mark before the service is killed.
pub const KILL: &str = "kill";
/// The mark before the service is started again, after its end was seen.
pub const RESTART: &str = "restart";
/// The mark before the monitor is killed.
pub const MONITOR_KILL: &str = "monitor-kill";
/// The mark before the monitor is started again.
pub const MONITOR_RESTART: &str = "monitor-restart";
/// Every mark but those of phases.
pub const MARKS: &[&str] = &[CLOSED, REOPEN, KILL, RESTART, MONITOR_KILL, MONITOR_RESTART];
/// What the mark of a phase's start begins with.
pub const PHASE: &str = "phase:";
