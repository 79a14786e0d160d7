//! The cached hint at the door. Never the guard.
//!
//! A refused insert costs a transaction; a request that is turned away here
//! costs nothing. The hint may be old by one refresh: a request that it lets in
//! too late is refused by the database, one that it turns away too long comes again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::shutdown::Shutdown;
use db::Db;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::{GateError, State, Status, status};

/// Five looks a second: the door of an instance that did not close the gate
/// itself sheds within 200 ms, for one indexed read of one row.
const REFRESH: Duration = Duration::from_millis(200);
/// Ten looks that failed: no hiccup. Whoever can't ask for so long may have
/// missed a closing, so it takes the gate for closed.
const TRUSTED: Duration = Duration::from_secs(2);

/// What the door knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// Let it in: the database decides.
    Open,
    /// Turn it away: the gate is not open, at this epoch.
    Shut {
        /// `closing`, `closed` or `reopening`.
        state: State,
        /// The gate's epoch.
        epoch: i64,
    },
    /// Turn it away: the gate's state is not known well enough.
    Unverified,
}

impl Hint {
    /// Whether new business may go on to the database.
    #[must_use]
    pub fn admits(self) -> bool {
        self == Self::Open
    }
}

/// The door of one instance. Cheap to clone; all clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct Door(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// The newest state and epoch, and when the database last confirmed it.
    gate: Option<(State, i64, Instant)>,
    /// The database answered an epoch older than one seen before: it was restored
    /// to an earlier time, and does not know of a closing that was acknowledged.
    receded: bool,
    /// Counts what was told, to tell an answer that was asked for before.
    told: u64,
}

impl Door {
    /// A door that has not looked yet: unverified.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What to do with new business, now.
    #[must_use]
    pub fn hint(&self) -> Hint {
        let known = self.known();
        let hint = match known.gate {
            _ if known.receded => Hint::Unverified,
            Some((_, _, confirmed)) if confirmed.elapsed() > TRUSTED => Hint::Unverified,
            Some((State::Open, ..)) => Hint::Open,
            Some((state, epoch, _)) => Hint::Shut { state, epoch },
            None => Hint::Unverified,
        };
        #[cfg(feature = "chaos")]
        let hint = crate::failpoint::cached(hint);
        hint
    }

    /// The newest epoch that the database told of, or 0.
    #[must_use]
    pub fn last_epoch(&self) -> i64 {
        self.known().gate.map_or(0, |(_, epoch, _)| epoch)
    }

    /// Takes note of a move that this instance made, without waiting for a look.
    pub fn tell(&self, state: State, epoch: i64) {
        let mut known = self.known();
        known.told += 1;
        known.learn(state, epoch);
    }

    /// Looks once.
    ///
    /// # Errors
    /// As [`status()`]; what the door knew stays until it is too old.
    pub async fn look(&self, db: &Db) -> Result<Status, GateError> {
        let told = self.known().told;
        let status = status(db).await?;
        self.heard(&status, told);
        Ok(status)
    }

    /// Looks every 200 ms until shutdown.
    pub async fn watch(self, db: Db, shutdown: Shutdown) {
        let mut ticks = interval(REFRESH);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut blind = false;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let failure = match timeout(TRUSTED, self.look(&db)).await {
                Ok(Ok(_)) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("no answer".to_owned()),
            };
            // Once per change: five lines a second would bury what matters.
            match (&failure, blind) {
                (Some(failure), false) => tracing::warn!(failure, "cannot look at the intake gate"),
                (None, true) => tracing::info!("looking at the intake gate again"),
                _ => {}
            }
            blind = failure.is_some();
        }
    }

    fn heard(&self, status: &Status, told: u64) {
        let mut known = self.known();
        // An answer from before a move that was told since is not news.
        if known.told == told {
            let newest = known.gate.map_or(0, |(_, epoch, _)| epoch);
            known.receded = status.epoch < newest;
            if !known.receded {
                known.learn(status.state, status.epoch);
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing under the lock can panic halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn learn(&mut self, state: State, epoch: i64) {
        self.gate = Some((state, epoch, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(state: State, epoch: i64) -> Status {
        Status {
            state,
            epoch,
            reason: String::new(),
            actor: String::new(),
            incident: None,
            changed_at: 0,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_door_that_could_not_look_for_two_seconds_takes_the_gate_for_closed() {
        let door = Door::new();
        door.heard(&answer(State::Open, 1), 0);
        tokio::time::advance(TRUSTED).await;
        assert!(door.hint().admits());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(door.hint(), Hint::Unverified);
        door.heard(&answer(State::Open, 1), 0);
        assert!(door.hint().admits(), "the database answers again");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_was_asked_for_before_a_closing_does_not_undo_it() {
        let door = Door::new();
        let asked = door.known().told;
        door.tell(State::Closed, 2);
        door.heard(&answer(State::Open, 1), asked);
        assert_eq!(
            door.hint(),
            Hint::Shut {
                state: State::Closed,
                epoch: 2
            }
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_fell_back_to_an_earlier_epoch_is_not_believed() {
        let door = Door::new();
        door.tell(State::Closed, 2);
        door.heard(&answer(State::Open, 1), 1);
        assert_eq!(door.hint(), Hint::Unverified);
        // Nor later, until it has caught up.
        door.heard(&answer(State::Open, 1), 1);
        assert_eq!(door.hint(), Hint::Unverified);
        door.heard(&answer(State::Open, 3), 1);
        assert!(door.hint().admits());
    }

    #[test]
    fn only_open_admits() {
        for state in State::ALL {
            let door = Door::new();
            door.tell(*state, 1);
            assert_eq!(door.hint().admits(), *state == State::Open, "{state}");
        }
    }
}
