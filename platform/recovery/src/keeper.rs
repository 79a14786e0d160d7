//! Keeps a journal while a service runs, and holds the database against it.
//!
//! A background task follows the database. Who must not answer before a fact is on disk does not wait for
//! it, but hands the fact in ([`Keeper::keep`]); all who wait share one sync.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::clock::Clock;
use base::shutdown::Shutdown;
use db::{Db, DbError};
use gate::{Door, GateError, Order};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::compare::{Behind, Comparison};
use crate::fact::Fact;
use crate::group::Group;
use crate::journal::{Journal, Opening};
use crate::reader::JournalError;
use crate::tail::{self, Tail};

/// A promotion loses what is younger than this and was not replicated.
const EVERY: Duration = Duration::from_millis(200);
/// A pass that takes longer hangs, on a share that is gone.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a pass may go on with what is left from before the journal was there.
const LONGEST: Duration = Duration::from_secs(2);
/// How long whoever brought a fact about waits for its line: a share answers in milliseconds, and a customer waits no
/// longer for an answer.
const KEEPING: Duration = Duration::from_secs(2);
/// How often the database is held against the newest facts: a few look-ups by key.
const VERIFY: Duration = Duration::from_secs(10);
/// How many of each kind. What a restored database lacks is the newest, so some would do.
const NEWEST: usize = 1000;

/// Why the journal does not keep up, or the database can't be held against it.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The journal.
    #[error(transparent)]
    Journal(Arc<JournalError>),
    /// The gate.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// No answer in time.
    #[error("the recovery journal or the database does not answer")]
    Hangs,
}

/// A journal that follows its database.
pub struct Keeper {
    db: Db,
    clock: Clock,
    group: Arc<Group>,
    state: Mutex<State>,
    failing: AtomicBool,
}

#[derive(Default)]
struct State {
    tail: Tail,
    /// The newest facts of each kind.
    newest: [VecDeque<Fact>; 3],
    /// The newest epoch of the whole journal.
    epoch: i64,
}

impl State {
    fn add(&mut self, fact: Fact) {
        self.tail.add(&fact);
        self.remember(fact);
    }

    /// A fact that its own transaction's maker handed in.
    fn keep(&mut self, fact: Fact) {
        self.tail.kept(&fact);
        self.remember(fact);
    }

    fn remember(&mut self, fact: Fact) {
        let kind = match &fact {
            Fact::Moved(moved) => {
                self.epoch = self.epoch.max(moved.epoch);
                0
            }
            Fact::Revoked(_) => 1,
            Fact::Sent(_) => 2,
        };
        let newest = &mut self.newest[kind];
        if newest.len() == NEWEST {
            newest.pop_front();
        }
        newest.push_back(fact);
    }
}

impl Keeper {
    /// Opens or begins the journal of a database.
    ///
    /// # Errors
    /// [`RecoveryError`]: a journal that can't be believed is none, and neither is one that is not what was expected.
    pub async fn open(path: &Path, opening: Opening, db: Db, clock: Clock) -> Result<Self, RecoveryError> {
        let database = db.read(|tx| Box::pin(store::recovery::identity(tx)));
        let (path, database) = (path.to_owned(), database.await?);
        let opening = blocking(move || {
            let mut state = State::default();
            let journal = Journal::open(&path, &database, opening, |fact| state.add(fact))?;
            Ok((journal, state))
        });
        let (journal, state) = opening.await?;
        Ok(Self {
            db,
            clock,
            group: Arc::new(Group::new(journal)),
            state: Mutex::new(state),
            failing: AtomicBool::new(false),
        })
    }

    /// Whether the journal does not keep up.
    #[must_use]
    pub fn failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Waits until every move of the gate that has committed is in the journal, for two seconds at most. A closing
    /// stands without it, so a failure is told to those who watch, and not to the one who closed.
    pub async fn moves_are_kept(&self) {
        let moves = timeout(KEEPING, self.moves()).await;
        if let Err(error) = moves.unwrap_or(Err(RecoveryError::Hangs)) {
            self.failing.store(true, Ordering::Relaxed);
            tracing::error!(%error, "the gate moved, and the recovery journal does not have it yet");
        }
    }

    /// Returns once a fact that has committed is on disk. Two seconds at most; doing it again is right.
    ///
    /// # Errors
    /// [`RecoveryError`]: it may be on disk, or not. The background task goes on trying, and whoever brought the fact
    /// about must not act, or answer, as if it were kept.
    pub async fn keep(&self, fact: Fact) -> Result<(), RecoveryError> {
        if self.state().tail.knows(&fact) {
            return Ok(());
        }
        let kept = timeout(KEEPING, self.write(vec![fact], State::keep)).await;
        let kept = kept.unwrap_or(Err(RecoveryError::Hangs));
        if kept.is_err() {
            // Here, too: the background task tells of a change only, and this one is past then.
            self.tell(&kept);
        }
        kept
    }

    /// Adds what has committed since the last pass; a new journal of a large database takes several.
    ///
    /// # Errors
    /// [`RecoveryError`]; the next pass adds it.
    pub async fn keep_up(&self) -> Result<(), RecoveryError> {
        let passed = self.pass().await;
        if passed.is_err() {
            self.state().tail.failed();
        }
        passed
    }

    async fn pass(&self) -> Result<(), RecoveryError> {
        let began = Instant::now();
        self.moves().await?;
        let begins = self.state().tail.begin(self.clock.now_micros());
        for (kind, place) in begins {
            let mut place = Some(place);
            while let Some(from) = place {
                let (page, next) = tail::page(&self.db, kind, from).await?;
                let facts = self.state().tail.new_of(kind, page);
                let known = facts.is_empty();
                self.write(facts, State::add).await?;
                place = next.filter(|_| known || began.elapsed() < LONGEST);
            }
        }
        Ok(())
    }

    async fn moves(&self) -> Result<(), RecoveryError> {
        let mut more = true;
        while more {
            let from = self.state().tail.moves_from();
            let page = gate::moves_after(&self.db, from, tail::AT_ONCE).await?;
            more = tail::is_full(&page);
            let facts = self.state().tail.new_moves(&page);
            self.write(facts, State::add).await?;
            self.state().tail.moved_on(&page);
        }
        Ok(())
    }

    /// Returns once facts are on disk, and known to be.
    async fn write(&self, facts: Vec<Fact>, known: fn(&mut State, Fact)) -> Result<(), RecoveryError> {
        if facts.is_empty() {
            return Ok(());
        }
        match self.group.add(facts.clone()).await {
            Ok(kept) => kept.map_err(RecoveryError::Journal)?,
            // Too many wait, or the runtime is stopping.
            Err(_) => return Err(RecoveryError::Hangs),
        }
        let mut state = self.state();
        for fact in facts {
            known(&mut state, fact);
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds the database against the newest facts, and marks it if it lacks some and is not; says what. `seen` is the newest
    /// epoch that this process saw.
    ///
    /// # Errors
    /// [`RecoveryError`]; then nothing is known.
    pub async fn verify(&self, seen: i64) -> Result<Option<Behind>, RecoveryError> {
        let (facts, epoch) = {
            let state = self.state();
            let facts: Vec<Fact> = state.newest.iter().flatten().cloned().collect();
            (facts, state.epoch.max(seen))
        };
        // Before the comparison: whoever reconciles meanwhile ends the mark with what it is about, at once.
        let marked = marked(&self.db, epoch).await?;
        let mut comparison = Comparison::with(epoch);
        comparison.add(&self.db, &facts).await?;
        let behind = comparison.end(&self.db).await?;
        if behind.is_nothing() {
            return Ok(None);
        }
        if marked {
            return Ok(Some(behind));
        }
        let order = Order {
            actor: gate::RECOVERY.to_owned(),
            reason: behind.summary(),
            incident: None,
            at: self.clock.now_micros(),
            grace: Order::GRACE,
        };
        let closed = gate::distrust(&self.db, order, epoch).await?;
        tracing::error!(
            epoch = closed,
            behind = behind.summary(),
            "intake is closed (unverified): run `financing reconcile`"
        );
        Ok(Some(behind))
    }

    /// Keeps up and verifies until shutdown, and then keeps up once more.
    pub async fn run(self: Arc<Self>, door: Door, shutdown: Shutdown) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut verified = Instant::now();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                _ = ticks.tick() => {}
            }
            self.tell(&self.keep_up_in_time().await);
            if door.receded() || verified.elapsed() >= VERIFY {
                verified = Instant::now();
                if let Ok(Err(error)) = timeout(PATIENCE, self.verify(door.last_epoch())).await {
                    tracing::warn!(%error, "the database is not held against its journal");
                }
            }
        }
        self.tell(&self.keep_up_in_time().await);
    }

    async fn keep_up_in_time(&self) -> Result<(), RecoveryError> {
        let kept = timeout(PATIENCE, self.keep_up()).await;
        kept.unwrap_or_else(|_| {
            self.state().tail.failed();
            Err(RecoveryError::Hangs)
        })
    }

    /// Once per change: five lines a second would bury what matters.
    fn tell(&self, kept: &Result<(), RecoveryError>) {
        let failed = self.failing.swap(kept.is_err(), Ordering::Relaxed);
        match kept {
            Err(error) if !failed => tracing::error!(%error, "the recovery journal does not keep up"),
            Ok(()) if failed => tracing::info!("the recovery journal keeps up again"),
            _ => {}
        }
    }
}

/// Whether the database is marked already, under an epoch above all that were given out.
async fn marked(db: &Db, epoch: i64) -> Result<bool, GateError> {
    let scopes = gate::scopes(db).await?;
    let everything = scopes.first();
    Ok(everything.is_some_and(|one| {
        one.unverified_since.is_some() && one.state == gate::State::Closed && one.epoch > epoch
    }))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JournalError> + Send + 'static,
) -> Result<T, RecoveryError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| RecoveryError::Journal(Arc::new(error))),
        Err(_) => Err(RecoveryError::Hangs),
    }
}
