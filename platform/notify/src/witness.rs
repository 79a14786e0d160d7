//! Whoever puts answers on record: that somebody answered is an operator's act, wherever it came from.
//!
//! This crate knows no evidence log; who does hands in a [`Witness`], which writes in the transaction of the answer.

use std::fmt;
use std::sync::Arc;

use db::{DbError, Job, Tx};

use crate::ack::{Acked, Way};
use crate::config::Config;
use crate::error::NotifyError;
use crate::inbound::ticket::Stage;

/// An answer that changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// For which group.
    pub group: String,
    /// Who: `person:ID` of the configuration, or else `channel:NAME` or `tickets`, over which it came. No text of theirs.
    pub actor: String,
    /// How.
    pub way: Way,
    /// What it came over: `channel:NAME`, `tickets`, or a word of the way.
    pub over: String,
    /// Until when nobody else is paged, in microseconds since 1970.
    pub until: i64,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// The ticket and what became of it, if a ticket system answered.
    pub ticket: Option<(String, Stage)>,
}

/// Puts answers on record.
pub trait Witness: Send + Sync {
    /// Writes in the transaction of the answer; what it refuses, the answer does not survive.
    fn acknowledged<'t>(&'t self, tx: &'t mut Tx, answer: &'t Acknowledged) -> Job<'t, (), DbError>;
}

/// The witness, where there is one: tests and the watchdog have none.
#[derive(Clone, Default)]
pub(crate) struct Watched(pub(crate) Option<Arc<dyn Witness>>);

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watched({})", self.0.is_some())
    }
}

impl Watched {
    /// Tells of an answer for a group that changed something; of others there is nothing to put on record.
    ///
    /// # Errors
    /// The witness's.
    pub(crate) async fn saw(
        &self,
        tx: &mut Tx,
        acked: &Acked,
        of: (&str, &str, Way, i64),
        ticket: Option<(String, Stage)>,
    ) -> Result<(), NotifyError> {
        let (Acked::Group { group, until }, Some(witness)) = (acked, &self.0) else {
            return Ok(());
        };
        let (actor, over, way, at) = of;
        let answer = Acknowledged {
            group: group.clone(),
            actor: actor.to_owned(),
            way,
            over: over.to_owned(),
            until: *until,
            at,
            ticket,
        };
        Ok(witness.acknowledged(tx, &answer).await?)
    }
}

/// Who answered, as the record has it: a person of the configuration, or else what the answer came over.
pub(crate) fn actor(config: &Config, by: &str, over: &str) -> String {
    let id = by.strip_prefix("person:").unwrap_or(by);
    match config.people.contains_key(id) {
        true => format!("person:{id}"),
        false => over.to_owned(),
    }
}
