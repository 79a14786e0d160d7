//! Closing.

use std::time::{Duration, Instant};

use db::{Db, DbError, Dialect};

use crate::drain::InFlight;
use crate::holders::end_holders;
use crate::publish::publish;
use crate::seal::{Sealed, seal};
use crate::{Closing, GateError, Order, Terminated};

/// How long to wait for sessions that were told to end. A backend checks for it
/// within a millisecond unless it is in the kernel; with 250 ms a close takes no
/// longer than its grace and half a second.
const AFTER_ENDING: Duration = Duration::from_millis(250);
/// What the second step gets if the first used up the grace: what is not stuck ends in milliseconds.
const AT_LEAST: Duration = Duration::from_millis(50);
/// How much longer than a step waits for others a database may be without an answer: the server ends a late statement
/// a second after its lock, so what is silent for longer has been cut off. Who closes must hear so while there is
/// another way to close.
const SILENT: Duration = Duration::from_secs(5);
/// How often to tell them: two seconds in all, then a person must look.
const ATTEMPTS: usize = 8;

/// The acknowledgement: no new business commits until a reopening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The epoch of this closing.
    pub epoch: i64,
    /// Whether this order closed it; otherwise it was closed before.
    pub changed: bool,
    /// Sessions that did not finish within the grace, and were ended.
    pub terminated: Vec<Terminated>,
    /// From the order to the durable commit.
    pub took: Duration,
}

/// Closes a scope and returns once that is durable. Closing what is closed
/// answers the same epoch.
///
/// On SQLite nobody is ended: the service's own jobs have a budget, and another
/// process that holds the write lock is a matter for whoever runs it.
///
/// # Errors
/// [`GateError`]; then nothing is promised, and closing again is right.
pub async fn close(db: &Db, order: Order, closing: Closing) -> Result<Closed, GateError> {
    order.check()?;
    closing.check(order.at)?;
    let began = Instant::now();
    let mut way = Way::default();
    for attempt in 0..ATTEMPTS {
        let wait = match attempt {
            0 => order.grace,
            _ => AFTER_ENDING,
        };
        match way.on(db, &order, &closing, Instant::now() + wait).await {
            Ok(Sealed::Closed { epoch, changed }) => {
                return Ok(Closed {
                    epoch,
                    changed,
                    terminated: way.terminated,
                    took: began.elapsed(),
                });
            }
            // Others closed and reopened in between: from the beginning.
            Ok(Sealed::MovedOn) => way.published = None,
            Ok(Sealed::InFlight(left)) => {
                way.in_flight = Some(left);
                way.end(db, order.at).await?;
            }
            Err(GateError::Db(DbError::Timeout)) if db.dialect() == Dialect::Postgres => {
                way.end(db, order.at).await?
            }
            Err(other) => return Err(other),
        }
    }
    Err(GateError::StillHeld {
        ended: way.terminated,
    })
}

/// How far a closing has come.
#[derive(Default)]
struct Way {
    /// The epoch under which `closing` was said, or it was closed before.
    published: Option<i64>,
    /// Who of those that were in flight then is left, once it was looked.
    in_flight: Option<InFlight>,
    terminated: Vec<Terminated>,
}

impl Way {
    /// Takes the steps that are left, waiting for locks and for what is in flight until the deadline.
    async fn on(
        &mut self,
        db: &Db,
        order: &Order,
        closing: &Closing,
        until: Instant,
    ) -> Result<Sealed, GateError> {
        let left = || until.saturating_duration_since(Instant::now()).max(AT_LEAST);
        let published = match self.published {
            Some(epoch) => epoch,
            None => {
                let wait = left();
                let by = Instant::now() + wait + SILENT;
                let epoch = answered(by, publish(db, order, closing, (wait, by))).await?;
                self.in_flight = None;
                *self.published.insert(epoch)
            }
        };
        let waits_for = self.in_flight.clone();
        let wait = left();
        let sealing = seal(
            db,
            (order, closing),
            (published, waits_for),
            wait,
            &self.terminated,
        );
        answered(Instant::now() + wait + SILENT, sealing).await
    }

    /// Ends whoever is in the way.
    async fn end(&mut self, db: &Db, at: i64) -> Result<(), GateError> {
        let ending = end_holders(db, self.in_flight.as_ref(), self.published, at);
        let ended = answered(Instant::now() + SILENT, ending).await?;
        tracing::warn!(
            sessions = ended.len(),
            "ended transactions that kept the gate from closing"
        );
        self.terminated.extend(ended);
        Ok(())
    }
}

/// What a step comes to, unless the database is silent for too long.
async fn answered<T>(by: Instant, step: impl Future<Output = Result<T, GateError>>) -> Result<T, GateError> {
    let step = tokio::time::timeout_at(by.into(), step).await;
    step.unwrap_or_else(|_| Err(silent()))
}

/// Nothing arrives from the database any more. What was asked of it may still be done.
pub(crate) fn silent() -> GateError {
    DbError::Unavailable("the database does not answer".to_owned()).into()
}
