//! Keeps a journal while a service runs, and holds the database against it.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base::clock::Clock;
use base::shutdown::Shutdown;
use db::{Db, DbError};
use gate::{Door, GateError, Order};
use tokio::sync::Mutex;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::compare::{Behind, Comparison};
use crate::fact::Fact;
use crate::journal::Journal;
use crate::reader::JournalError;
use crate::tail::Tail;

/// A promotion loses what is younger than this and was not replicated.
const EVERY: Duration = Duration::from_millis(200);
/// A pass that takes longer hangs, on a share that is gone.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a pass may go on with what is left from before the journal was there.
const LONGEST: Duration = Duration::from_secs(2);
/// How long a closing waits for its line.
const CLOSING: Duration = Duration::from_secs(2);
/// How often the database is held against the newest facts: a few look-ups by key.
const VERIFY: Duration = Duration::from_secs(10);
/// How many of each kind. What a restored database lacks is the newest, so some would do.
const NEWEST: usize = 1000;

/// Why the journal does not keep up, or the database can't be held against it.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
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
    journal: Arc<Journal>,
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
    /// Opens or makes the journal of a database.
    ///
    /// # Errors
    /// [`RecoveryError`]: a journal that can't be believed is none.
    pub async fn open(path: &Path, db: Db, clock: Clock) -> Result<Self, RecoveryError> {
        let database = db.read(|tx| Box::pin(store::recovery::identity(tx)));
        let (path, database) = (path.to_owned(), database.await?);
        let opening = blocking(move || {
            let mut state = State::default();
            let journal = Journal::open(&path, &database, |fact| state.add(fact))?;
            Ok((journal, state))
        });
        let (journal, state) = opening.await?;
        Ok(Self {
            db,
            clock,
            journal: Arc::new(journal),
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
        let error = match timeout(CLOSING, self.moves()).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(_) => RecoveryError::Hangs,
        };
        self.failing.store(true, Ordering::Relaxed);
        tracing::error!(%error, "the gate moved, and the recovery journal does not have it yet");
    }

    /// Adds what has committed since the last pass; a new journal of a large database takes several.
    ///
    /// # Errors
    /// [`RecoveryError`]; the next pass adds it.
    pub async fn keep_up(&self) -> Result<(), RecoveryError> {
        let passed = self.pass().await;
        if passed.is_err() {
            self.state.lock().await.tail.failed();
        }
        passed
    }

    async fn pass(&self) -> Result<(), RecoveryError> {
        let began = Instant::now();
        self.moves().await?;
        let begins = self.state.lock().await.tail.begin(self.clock.now_micros());
        for (kind, place) in begins {
            let mut place = Some(place);
            while let Some(from) = place {
                // Page by page, so that a closing waits for one of them only.
                let mut state = self.state.lock().await;
                let (facts, next) = state.tail.page(&self.db, kind, from).await?;
                let known = facts.is_empty();
                self.append(&mut state, facts).await?;
                place = next.filter(|_| known || began.elapsed() < LONGEST);
            }
        }
        Ok(())
    }

    async fn moves(&self) -> Result<(), RecoveryError> {
        let mut more = true;
        while more {
            let mut state = self.state.lock().await;
            let (facts, rest) = state.tail.moves(&self.db).await?;
            self.append(&mut state, facts).await?;
            more = rest;
        }
        Ok(())
    }

    async fn append(&self, state: &mut State, facts: Vec<Fact>) -> Result<(), RecoveryError> {
        if facts.is_empty() {
            return Ok(());
        }
        let journal = Arc::clone(&self.journal);
        let facts = blocking(move || journal.append(&facts).map(|()| facts)).await?;
        for fact in facts {
            state.add(fact);
        }
        Ok(())
    }

    /// Holds the database against the newest facts, and marks it if it lacks some and is not; says what. `seen` is the newest
    /// epoch that this process saw.
    ///
    /// # Errors
    /// [`RecoveryError`]; then nothing is known.
    pub async fn verify(&self, seen: i64) -> Result<Option<Behind>, RecoveryError> {
        let (facts, epoch) = {
            let state = self.state.lock().await;
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
            self.tell(
                timeout(PATIENCE, self.keep_up())
                    .await
                    .unwrap_or(Err(RecoveryError::Hangs)),
            );
            if door.receded() || verified.elapsed() >= VERIFY {
                verified = Instant::now();
                if let Ok(Err(error)) = timeout(PATIENCE, self.verify(door.last_epoch())).await {
                    tracing::warn!(%error, "the database is not held against its journal");
                }
            }
        }
        self.tell(
            timeout(PATIENCE, self.keep_up())
                .await
                .unwrap_or(Err(RecoveryError::Hangs)),
        );
    }

    /// Once per change: five lines a second would bury what matters.
    fn tell(&self, kept: Result<(), RecoveryError>) {
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
        Ok(done) => Ok(done?),
        Err(_) => Err(RecoveryError::Hangs),
    }
}
