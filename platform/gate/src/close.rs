//! Closing.

use std::time::{Duration, Instant};

use db::{Db, DbError, Dialect};

use crate::holders::end_holders;
use crate::publish::{Published, publish};
use crate::seal::seal;
use crate::{Closing, GateError, Order, Terminated};

/// How long to wait for sessions that were told to end. A backend checks for it
/// within a millisecond unless it is in the kernel; with 250 ms a close takes no
/// longer than its grace and half a second.
const AFTER_ENDING: Duration = Duration::from_millis(250);
/// What the second step gets if the first used up the grace: a lock that is free
/// comes in microseconds.
const AT_LEAST: Duration = Duration::from_millis(50);
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
    let mut published = false;
    let mut terminated: Vec<Terminated> = Vec::new();
    for attempt in 0..ATTEMPTS {
        let wait = match attempt {
            0 => order.grace,
            _ => AFTER_ENDING,
        };
        match advance(
            db,
            (&order, &closing),
            Instant::now() + wait,
            &mut published,
            &terminated,
        )
        .await
        {
            Ok((epoch, changed)) => {
                return Ok(Closed {
                    epoch,
                    changed,
                    terminated,
                    took: began.elapsed(),
                });
            }
            Err(GateError::Db(DbError::Timeout)) if db.dialect() == Dialect::Postgres => {
                let ended = end_holders(db, &closing.scope).await?;
                tracing::warn!(
                    sessions = ended.len(),
                    "ended transactions that kept the gate from closing"
                );
                terminated.extend(ended);
            }
            Err(other) => return Err(other),
        }
    }
    Err(GateError::StillHeld { ended: terminated })
}

/// Takes the steps that are left, waiting for locks until the deadline.
async fn advance(
    db: &Db,
    (order, closing): (&Order, &Closing),
    until: Instant,
    published: &mut bool,
    ended: &[Terminated],
) -> Result<(i64, bool), GateError> {
    let left = || until.saturating_duration_since(Instant::now()).max(AT_LEAST);
    if !*published {
        if let Published::Already(epoch) = publish(db, order, closing, left()).await? {
            return Ok((epoch, false));
        }
        *published = true;
    }
    seal(db, order, closing, left(), ended).await
}
