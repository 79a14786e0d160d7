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

use crate::{GateError, Scope, State, Status, flag, scopes};

/// Five looks a second: the door of an instance that did not close the gate
/// itself sheds within 200 ms, for one read of a table of a few rows.
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
    /// What was last seen, and when the database last confirmed it.
    gate: Option<(Seen, Instant)>,
    /// The database answered an epoch older than one seen before: it was restored
    /// to an earlier time, and does not know of a closing that was acknowledged.
    receded: bool,
    /// The database itself says that it lost later changes.
    unverified: bool,
    /// Counts the questions, and the newest that was answered: an answer that was asked for before is no news.
    asked: u64,
    answered: u64,
}

/// The gate at one time.
#[derive(Debug, Default)]
struct Seen {
    /// The newest epoch of all scopes.
    epoch: i64,
    /// What is not open.
    shut: Vec<(Scope, State, i64)>,
}

impl Door {
    /// A door that has not looked yet: unverified.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What to do with all new business, now.
    #[must_use]
    pub fn hint(&self) -> Hint {
        self.hint_for(&Scope::everything())
    }

    /// What to do with some new business, as far as is known of it: what is closed for a product only is let by
    /// where the product is not told, and refused by the database.
    #[must_use]
    pub fn hint_for(&self, some: &Scope) -> Hint {
        let known = self.known();
        let hint = match &known.gate {
            _ if known.receded || known.unverified => Hint::Unverified,
            Some((_, confirmed)) if confirmed.elapsed() > TRUSTED => Hint::Unverified,
            Some((seen, _)) => match seen.shut.iter().find(|(scope, ..)| scope.covers(some)) {
                Some((_, state, epoch)) => Hint::Shut {
                    state: *state,
                    epoch: *epoch,
                },
                None => Hint::Open,
            },
            None => Hint::Unverified,
        };
        #[cfg(feature = "chaos")]
        let hint = crate::failpoint::cached(hint);
        hint
    }

    /// Whether the state of the gate is known, were it that the database lost later changes: existing business
    /// goes on under such a database.
    #[must_use]
    pub fn knows(&self) -> bool {
        let known = self.known();
        let fresh = known
            .gate
            .as_ref()
            .is_some_and(|(_, confirmed)| confirmed.elapsed() <= TRUSTED);
        fresh && !known.receded
    }

    /// Whether the database answered an epoch older than one that was seen before.
    #[must_use]
    pub fn receded(&self) -> bool {
        self.known().receded
    }

    /// The newest epoch that the database told of, or 0.
    #[must_use]
    pub fn last_epoch(&self) -> i64 {
        self.known().epoch()
    }

    /// Looks once.
    ///
    /// # Errors
    /// As [`scopes`]; what the door knew stays until it is too old.
    pub async fn look(&self, db: &Db) -> Result<(), GateError> {
        let asked = self.known().asked();
        self.heard(&scopes(db).await?, asked);
        Ok(())
    }

    /// Looks every 200 ms until shutdown.
    pub async fn watch(self, db: Db, shutdown: Shutdown) {
        let mut ticks = interval(REFRESH);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut blind = false;
        // The epoch at which all was open and the flag was lowered.
        let mut lowered = None;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let failure = match timeout(TRUSTED, self.look(&db)).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("no answer".to_owned()),
            };
            if failure.is_none() {
                self.lower(&db, &mut lowered).await;
            }
            // Once per change: five lines a second would bury what matters.
            match (&failure, blind) {
                (Some(failure), false) => tracing::warn!(failure, "cannot look at the intake gate"),
                (None, true) => tracing::info!("looking at the intake gate again"),
                _ => {}
            }
            blind = failure.is_some();
        }
    }

    /// Once after each reopening lowers the guards' flag, so that new business is cheap again. With the flag up
    /// everything is right, so a failure is no news: the next look tries again.
    async fn lower(&self, db: &Db, lowered: &mut Option<i64>) {
        let epoch = Some(self.last_epoch());
        if !self.all_open() || *lowered == epoch {
            return;
        }
        match timeout(TRUSTED, flag::lower(db)).await {
            Ok(Ok(true)) => *lowered = epoch,
            Ok(Ok(false)) | Err(_) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the guards' flag stays up"),
        }
    }

    fn all_open(&self) -> bool {
        let known = self.known();
        known.gate.as_ref().is_some_and(|(seen, _)| seen.shut.is_empty())
    }

    fn heard(&self, scopes: &[Status], asked: u64) {
        let mut known = self.known();
        if asked < known.answered {
            return;
        }
        known.answered = asked;
        let epoch = scopes.iter().map(|one| one.epoch).max().unwrap_or(0);
        known.receded = epoch < known.epoch();
        if !known.receded {
            known.unverified = scopes.iter().any(|one| one.unverified_since.is_some());
            let shut = scopes.iter().filter(|one| one.state != State::Open);
            let seen = Seen {
                epoch,
                shut: shut
                    .map(|one| (one.scope.clone(), one.state, one.epoch))
                    .collect(),
            };
            known.gate = Some((seen, Instant::now()));
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing under the lock can panic halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn epoch(&self) -> i64 {
        self.gate.as_ref().map_or(0, |(seen, _)| seen.epoch)
    }

    fn asked(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(scope: &str, state: State, epoch: i64) -> Status {
        Status {
            scope: scope.parse().unwrap(),
            state,
            epoch,
            reason: String::new(),
            actor: String::new(),
            incident: None,
            clause: None,
            until: None,
            changed_at: 0,
            unverified_since: None,
        }
    }

    fn hear(door: &Door, scope: &str, state: State, epoch: i64) {
        let asked = door.known().asked();
        door.heard(&[answer(scope, state, epoch)], asked);
    }

    #[tokio::test(start_paused = true)]
    async fn a_door_that_could_not_look_for_two_seconds_takes_the_gate_for_closed() {
        let door = Door::new();
        hear(&door, "everything", State::Open, 1);
        tokio::time::advance(TRUSTED).await;
        assert!(door.hint().admits());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(door.hint(), Hint::Unverified);
        assert_eq!(door.hint_for(&of("act=draw")), Hint::Unverified);
        hear(&door, "everything", State::Open, 1);
        assert!(door.hint().admits(), "the database answers again");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_was_asked_for_before_a_closing_does_not_undo_it() {
        let door = Door::new();
        let asked = door.known().asked();
        hear(&door, "everything", State::Closed, 2);
        door.heard(&[answer("everything", State::Open, 3)], asked);
        let shut = Hint::Shut {
            state: State::Closed,
            epoch: 2,
        };
        assert_eq!(door.hint(), shut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_fell_back_to_an_earlier_epoch_is_not_believed() {
        let door = Door::new();
        hear(&door, "everything", State::Closed, 2);
        hear(&door, "everything", State::Open, 1);
        assert_eq!(door.hint(), Hint::Unverified);
        // Nor later, until it has caught up.
        hear(&door, "everything", State::Open, 1);
        assert_eq!(door.hint(), Hint::Unverified);
        hear(&door, "everything", State::Open, 3);
        assert!(door.hint().admits());
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_says_so_itself_is_not_believed_and_existing_business_goes_on() {
        let door = Door::new();
        let mut marked = answer("everything", State::Closed, 2);
        marked.unverified_since = Some(1);
        let asked = door.known().asked();
        door.heard(&[marked], asked);
        assert_eq!(door.hint(), Hint::Unverified);
        assert!(door.knows() && !door.receded());
        hear(&door, "everything", State::Open, 1);
        assert!(!door.knows() && door.receded(), "it fell back");
        hear(&door, "everything", State::Open, 3);
        assert!(door.knows() && door.hint().admits());
    }

    #[test]
    fn only_open_admits() {
        for state in State::ALL {
            let door = Door::new();
            hear(&door, "everything", *state, 1);
            assert_eq!(door.hint().admits(), *state == State::Open, "{state}");
        }
    }

    fn of(scope: &str) -> Scope {
        scope.parse().unwrap()
    }

    #[test]
    fn what_is_known_of_a_request_decides_whether_it_is_shed() {
        for (shut, asked, admits) in [
            ("everything", "act=draw,product=credit", false),
            ("act=draw", "everything", true),
            ("act=draw", "act=draw", false),
            ("act=draw", "act=application", true),
            ("act=draw,product=credit", "act=draw", true),
            (
                "act=draw,product=credit",
                "act=draw,product=credit,region=330102",
                false,
            ),
            ("region=33", "act=draw,region=330102", false),
            ("everything", "act=renewal", true),
            ("product=credit", "act=renewal,product=credit", true),
            ("act=renewal", "act=renewal", false),
            ("act=renewal", "act=draw", true),
        ] {
            let door = Door::new();
            hear(&door, shut, State::Closing, 2);
            assert_eq!(door.hint_for(&of(asked)).admits(), admits, "{shut}: {asked}");
        }
    }
}
