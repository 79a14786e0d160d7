//! Writes down what was seen of every attempt: in the journal and in the figures.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base::clock::Clock;
use base::shutdown::Shutdown;
use client::http::{Outcome as Call, Request};
use laws::closed::Scope;
use laws::journal::{JournalError, Kind, Record, Writer};

use crate::answered::Answered;
use crate::figures::Figures;
use crate::settle::Seen;
use crate::verb::Verb;

/// The run's book-keeper. A journal that can't be written ends the run: load
/// whose outcomes are not on record proves nothing.
pub struct Recorder {
    clock: Clock,
    journal: Writer,
    figures: Figures,
    stop: Shutdown,
    failure: Mutex<Option<JournalError>>,
}

impl Recorder {
    /// Over an open journal; triggers `stop` when the journal fails.
    #[must_use]
    pub fn new(clock: Clock, journal: Writer, stop: Shutdown) -> Self {
        Self {
            clock,
            journal,
            figures: Figures::default(),
            stop,
            failure: Mutex::new(None),
        }
    }

    /// The counts.
    #[must_use]
    pub const fn figures(&self) -> &Figures {
        &self.figures
    }

    /// Records one attempt, and says what was seen. `place` is the product, channel and region that it is about,
    /// where that is known.
    pub fn record<T: Answered>(
        &self,
        (verb, place): (Verb, Option<&Scope>),
        request: &Request<T>,
        result: &Call<T>,
        took: Duration,
    ) -> Seen {
        let seen = Seen::of(result);
        let answer = result.as_ref().ok();
        let error = result.as_ref().err();
        self.figures
            .count(verb, seen, error.and_then(|error| error.code()), took);
        let record = Record {
            seq: 0,
            at: self.clock.now_micros(),
            key: request.key().unwrap_or_default().to_owned(),
            method: request.method().as_str().to_owned(),
            path: request.path().to_owned(),
            body_digest: request.digest().unwrap_or_default(),
            outcome: seen.outcome(),
            status: answer
                .map(|reply| reply.status)
                .or_else(|| error.and_then(|error| error.status())),
            answer_id: answer.and_then(|reply| reply.body.id()).map(str::to_owned),
            state: answer.and_then(|reply| reply.body.state()).map(str::to_owned),
            amount: answer.and_then(|reply| reply.body.amount()),
            lane: "live".to_owned(),
            kind: if request.key().is_some() {
                verb.kind()
            } else {
                Kind::Read
            },
            scope: verb.act().map(|act| Scope {
                act: Some(act),
                ..place.cloned().unwrap_or_default()
            }),
        };
        if let Err(error) = self.journal.record(record) {
            self.fail(error);
        }
        seen
    }

    /// Waits until everything recorded is on the disk. Blocks the thread.
    ///
    /// # Errors
    /// The first failure of the journal.
    pub fn finish(&self) -> Result<(), JournalError> {
        let synced = self.journal.flush_and_sync();
        match self.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(first) => Err(first),
            None => synced,
        }
    }

    fn fail(&self, error: JournalError) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if failure.is_none() {
            tracing::error!(%error, "the journal can't be written, so the load ends");
            *failure = Some(error);
        }
        self.stop.trigger();
    }
}
